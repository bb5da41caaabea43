"""What can be done to an item: it plans changes, the engine applies them."""
