"""Files that hold many samples: lists and tables, tables of pixels, read-mes glued to either, videos."""
