package train

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func testRun(c Config) Run {
	return Run{
		Config: c, Seed: 3, Batch: 6, Shards: 3,
		Optimizer: AdamW{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, Clip: 1},
		Schedule:  Schedule{Peak: 1e-2, Floor: 1e-3, Warmup: 5, Steps: 60},
	}
}

// proverb is a text that is easily learnt: a sentence in which every word follows from those before, again and again.
func proverb(times int) []int32 {
	var doc []int32
	for i := range times {
		for j := range int32(16) {
			doc = append(doc, 1+(j*7)%17+int32(i%2)*17)
		}
	}
	return doc
}

func testTrainer(t *testing.T, workers int) *Trainer {
	t.Helper()
	run := testRun(tiny)
	d, err := NewData([][]int32{proverb(40), proverb(3)}, 0, 16, run.Seed)
	require.NoError(t, err)
	p, err := NewParams(run.Config)
	require.NoError(t, err)
	p.Init(1)
	trainer, err := NewTrainer(run, State{Params: p, Moments: NewMoments(p)}, d, workers)
	require.NoError(t, err)
	return trainer
}

func steps(t *testing.T, trainer *Trainer, n int) (last Step) {
	t.Helper()
	for range n {
		var err error
		last, err = trainer.Step()
		require.NoError(t, err)
	}
	return last
}

func bytesOf(t *testing.T, trainer *Trainer) []byte {
	t.Helper()
	data, err := trainer.State.Marshal(trainer.Run)
	require.NoError(t, err)
	return data
}

// Guessing costs ln 37 = 3.6 nats a token, knowing the text's 34 words alone 2.8 with the order unknown.
func TestLossFalls(t *testing.T) {
	trainer := testTrainer(t, 2)
	first := steps(t, trainer, 1)
	require.InDelta(t, 3.61, first.Loss, 0.15)
	last := steps(t, trainer, 59)
	require.Less(t, last.Loss, 0.5)
}

func TestWorkersDoNotMatter(t *testing.T) {
	one, two, five := testTrainer(t, 1), testTrainer(t, 2), testTrainer(t, 5)
	for _, trainer := range []*Trainer{one, two, five} {
		steps(t, trainer, 7)
	}
	require.Equal(t, bytesOf(t, one), bytesOf(t, two))
	require.Equal(t, bytesOf(t, one), bytesOf(t, five))
}

func TestResumedEqualsUninterrupted(t *testing.T) {
	whole := testTrainer(t, 2)
	steps(t, whole, 12)

	stopped := testTrainer(t, 2)
	steps(t, stopped, 5)
	path := filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, stopped.State.Save(path, stopped.Run))
	run, state, err := LoadState(path)
	require.NoError(t, err)
	resumed, err := NewTrainer(run, state, stopped.data, 1)
	require.NoError(t, err)
	steps(t, resumed, 7)
	require.Equal(t, bytesOf(t, whole), bytesOf(t, resumed))
}

// The slow, obvious AdamW in float64, for every weight.
func TestAdamWAgainstAlgorithm(t *testing.T) {
	a := AdamW{Beta1: 0.8, Beta2: 0.9, Eps: 1e-6, Decay: 0.3, Clip: 2}
	p := lively(tiny, 3)
	m := NewMoments(p)
	r := rand.New(rand.NewPCG(9, 9))
	w, first, second := make([]float64, len(p.Flat)), make([]float64, len(p.Flat)), make([]float64, len(p.Flat))
	for i, v := range p.Flat {
		w[i] = float64(v)
	}
	for step := 1; step <= 4; step++ {
		grad, _ := NewParams(tiny)
		scale := float32(0.001)
		if step == 3 {
			scale = 1 // is cut
		}
		for i := range grad.Flat {
			grad.Flat[i] = (r.Float32() - 0.5) * scale
		}
		norm := a.Update(p, grad, m, 0.01)
		require.Equal(t, step == 3, norm > a.Clip)
		at := 0
		for _, tensor := range p.Tensors {
			for range tensor.Data {
				g := float64(grad.Flat[at])
				if norm > a.Clip {
					g *= a.Clip / norm
				}
				first[at] = 0.8*first[at] + 0.2*g
				second[at] = 0.9*second[at] + 0.1*g*g
				mean, square := first[at]/(1-math.Pow(0.8, float64(step))), second[at]/(1-math.Pow(0.9, float64(step)))
				decay := 0.3
				if tensor.Rows == 1 {
					decay = 0
				}
				w[at] -= 0.01 * (mean/(math.Sqrt(square)+1e-6) + decay*w[at])
				require.InDelta(t, w[at], p.Flat[at], 1e-5, tensor.Name)
				at++
			}
		}
	}
}

func TestSchedule(t *testing.T) {
	s := Schedule{Peak: 1, Floor: 0.1, Warmup: 10, Steps: 110}
	require.InDelta(t, 0.1, s.At(0), 1e-12)
	require.InDelta(t, 1, s.At(9), 1e-12)
	require.InDelta(t, 1, s.At(10), 1e-12)
	require.InDelta(t, 0.55, s.At(60), 1e-12)
	require.InDelta(t, 0.1, s.At(110), 1e-12)
	for i := 11; i < 120; i++ {
		require.LessOrEqual(t, s.At(i), s.At(i-1))
	}
}

// In an epoch every window comes once, none reaches past the text, and two epochs differ.
func TestOrder(t *testing.T) {
	doc := make([]int32, 1000)
	d, err := NewData([][]int32{doc}, 0, 16, 7)
	require.NoError(t, err)
	n := uint64(d.Windows())
	orders := map[int][]int{}
	for epoch := range uint64(3) {
		seen := map[int]bool{}
		for i := range n {
			start := d.Start(epoch*n + i)
			require.False(t, seen[start])
			seen[start] = true
			require.LessOrEqual(t, start+16, d.Tokens())
			orders[int(epoch)] = append(orders[int(epoch)], start)
		}
	}
	require.NotEqual(t, orders[0], orders[1])
	require.Equal(t, orders[1][3], d.Start(n+3), "asked again, out of order")
	b := d.Batch(5, 2)
	require.Equal(t, b.Input[17:], b.Target[16:31])
}

func FuzzState(f *testing.F) {
	c := tiny
	c.Vocab, c.Layers, c.FFN = 2, 1, 32
	run := testRun(c)
	p, err := NewParams(c)
	if err != nil {
		f.Fatal(err)
	}
	p.Init(2)
	good, err := State{Params: p, Moments: NewMoments(p), Step: 4}.Marshal(run)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte(checkpointMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, state, err := UnmarshalState(data)
		if err != nil {
			require.ErrorIs(t, err, ErrCheckpoint)
			return
		}
		again, err := state.Marshal(run)
		require.NoError(t, err)
		_, _, err = UnmarshalState(again)
		require.NoError(t, err)
	})
}

func TestStateRefusesChange(t *testing.T) {
	trainer := testTrainer(t, 1)
	data := bytesOf(t, trainer)
	for _, i := range []int{0, 9, 40, len(data) / 2, len(data) - 1} {
		bad := append([]byte(nil), data...)
		bad[i] ^= 1
		_, _, err := UnmarshalState(bad)
		require.ErrorIs(t, err, ErrCheckpoint)
	}
}
