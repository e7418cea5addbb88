"""From parts to a picture: camera, light, rasteriser, shading, exposure."""
