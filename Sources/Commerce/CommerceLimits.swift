// The bounds of prices, stock and orders, each with its reason. What exceeds one is refused, never cut.

package enum CommerceLimits {}
