"""Backups: the database, the archive and the folders of exports as they were together, and their way back."""
