"""Pure: the least privilege that ends a denial, and its proof."""
