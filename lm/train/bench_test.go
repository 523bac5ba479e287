package train

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

func BenchmarkStep(b *testing.B) {
	c := Config{Vocab: 1536, Dim: 160, Layers: 5, Heads: 5, KVHeads: 5, FFN: 448, Context: 256, RopeBase: 10000, NormEps: 1e-5}
	r := rand.New(rand.NewPCG(1, 1))
	doc := make([]int32, 100_000)
	for i := range doc {
		doc[i] = int32(r.IntN(c.Vocab))
	}
	run := testRun(c)
	run.Batch, run.Shards = 16, 4
	d, err := NewData([][]int32{doc}, 0, c.Context, 1)
	if err != nil {
		b.Fatal(err)
	}
	p, _ := NewParams(c)
	p.Init(1)
	t, err := NewTrainer(run, State{Params: p, Moments: NewMoments(p)}, d, runtime.GOMAXPROCS(0))
	if err != nil {
		b.Fatal(err)
	}
	b.Run(fmt.Sprintf("%d-parameters", c.Parameters()), func(b *testing.B) {
		for b.Loop() {
			if _, err := t.Step(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*run.Batch*c.Context)/b.Elapsed().Seconds(), "tokens/s")
	})
}
