package train

import "math"

// exp32 is e^x for x ≤ 88 to about one unit in the last place, by the way of Cephes' expf: x = n·ln 2 + r, a polynomial in
// r, n into the exponent. math.Exp has another implementation on each processor, and this one is several times as fast.
// Below -87 it is 0: a probability that float32 cannot hold anyway.
func exp32(x float32) float32 {
	if x < -87 {
		return 0
	}
	if x > 88 {
		x = 88
	}
	const magic = 1.5 * (1 << 23) // adding and taking it away rounds to an integer
	n := float32(float32(x*1.44269504)+magic) - magic
	r := x - float32(n*0.693359375)
	r -= float32(n * -2.12194440e-4)
	z := float32(1.9875691500e-4)
	z = float32(z*r) + 1.3981999507e-3
	z = float32(z*r) + 8.3334519073e-3
	z = float32(z*r) + 4.1665795894e-2
	z = float32(z*r) + 1.6666665459e-1
	z = float32(z*r) + 5.0000001201e-1
	z = float32(float32(z*r)*r) + r + 1
	return z * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// sigmoid is 1/(1+e^-x).
func sigmoid(x float32) float32 {
	if x < 0 {
		e := exp32(x)
		return e / (1 + e)
	}
	return 1 / (1 + exp32(-x))
}
