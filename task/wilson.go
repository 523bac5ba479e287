package task

import "math"

// Wilson returns the score interval of a proportion p seen in n trials at z
// standard deviations (E. B. Wilson, 1927). n may be fractional: the effective
// number of trials of a weighted mean. For qualities in [0, 1] that are not only
// 0 or 1 the interval is wider than needed, never narrower, because their
// variance is at most p(1-p). With n <= 0 nothing is known: the interval is [0, 1].
func Wilson(p, n, z float64) (lower, upper float64) {
	if !(n > 0) || math.IsNaN(p) {
		return 0, 1
	}
	p = min(max(p, 0), 1)
	z2 := z * z
	mid := (p + z2/(2*n)) / (1 + z2/n)
	half := z / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return max(mid-half, 0), min(mid+half, 1)
}
