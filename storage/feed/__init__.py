"""The feed for due diligence: whom it may name, in which cases, and what proves it. Refuses whoever may not be."""
