"""Files become grids of cells: found, decoded, split, numbered as the user sees them."""
