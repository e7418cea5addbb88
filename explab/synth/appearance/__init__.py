"""What people look like: who they are (`person`), skin, wrinkles, hair, glasses, clothes, as textures and parts."""
