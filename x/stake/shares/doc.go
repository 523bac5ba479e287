// Package shares keeps what many backers hold of one growing amount of alpha, without a list of backers.
//
// A deposit mints shares at the present value of a share, a dividend raises the total and with it every share, and a
// withdrawal burns shares. Nothing iterates over holders. The caller keeps who holds how many shares.
//
// # Why nobody can rob the next depositor
//
// Where a share may become dear, an attacker makes it dearer than a victim's deposit, so that the victim's shares round
// to nothing. Here a share stays cheap by construction. The value of a share is
//
//	(TotalAlpha + 1) / (TotalShares + SharesPerAlpha)
//
// with SharesPerAlpha = 2^40 shares that exist only in the formula and belong to nobody. The denominator never falls
// below 2^40, even if all but one real share are burned, so one share is worth at most TotalAlpha/2^40 and a deposit
// loses less than that by rounding: below a thousandth of a nano-alpha for each alpha in the pool, however the
// pool came to hold it. Whoever raises a pool on purpose to hurt rounding gives 2^40 times what he can take.
//
// The shares of nobody take their part of a dividend, so Raise refuses a pool with fewer than MinRaiseAlpha times as
// many real shares: at most a thousandth of a dividend waits there, in practice far less, and the last holder to
// leave receives it. What is in the pool is always what was put in less what was paid out, to the unit.
package shares
