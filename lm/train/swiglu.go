package train

// swiGLU writes h = silu(gate)·up, silu(x) = x·sigmoid(x). A row of gateUp is the gate's width, then that of up.
func swiGLU(h, gateUp []float32, width int) {
	for len(h) > 0 {
		gate, up := gateUp[:width], gateUp[width:][:width]
		for j, g := range gate {
			h[j] = float32(g*sigmoid(g)) * up[j]
		}
		h, gateUp = h[width:], gateUp[2*width:]
	}
}

// swiGLUBack turns gateUp into its own gradient, given that of h: d silu(x)/dx = s·(1+x·(1-s)) with s = sigmoid(x).
func swiGLUBack(gateUp, dh []float32, width int) {
	for len(dh) > 0 {
		gate, up := gateUp[:width], gateUp[width:][:width]
		for j, g := range gate {
			s := sigmoid(g)
			d := dh[j]
			gate[j] = float32(float32(d*up[j]) * float32(s*(1+float32(g*(1-s)))))
			up[j] = float32(d * float32(g*s))
		}
		dh, gateUp = dh[width:], gateUp[2*width:]
	}
}
