// opens in a moment
