package train

import "math"

// rmsNorm writes y = x·r·w row by row with r = 1/√(mean(x²)+eps), and keeps each row's r. x and y are rows × len(w).
func rmsNorm(y, x, w, r []float32, eps float32) {
	d := len(w)
	for i := range r {
		row, out := x[i*d:][:d], y[i*d:][:d]
		var sum float32
		for _, v := range row {
			sum += float32(v * v)
		}
		inv := float32(1 / math.Sqrt(float64(sum/float32(d)+eps)))
		r[i] = inv
		for j, v := range row {
			out[j] = float32(v*inv) * w[j]
		}
	}
}

// rmsNormBack adds the gradients of x and w, given that of y:
//
//	dw += Σ dy·x·r        dx += r·(w·dy) - x · r³/d · Σ w·dy·x
func rmsNormBack(dx, dw, dy, x, w, r []float32) {
	d := len(w)
	for i, inv := range r {
		row, out, up := x[i*d:][:d], dx[i*d:][:d], dy[i*d:][:d]
		var dot float32
		for j, v := range row {
			g := float32(up[j] * w[j])
			dot += float32(g * v)
			dw[j] += float32(float32(up[j]*v) * inv)
		}
		scale := float32(float32(float32(inv*inv)*inv)*dot) / float32(d)
		for j, v := range row {
			out[j] += float32(float32(up[j]*w[j])*inv) - float32(v*scale)
		}
	}
}
