package attack

import "math/rand/v2"

const (
	// poorest is the quality of a newcomer, and the least that any miner has.
	poorest = 0.02
	// pace is how much of the way to where it heads a miner goes in an epoch.
	pace = 0.2
	// foresight is for how many epochs beyond the last the future is known.
	foresight = 10
)

// Streams of chance, one for each use, so that a strategy which draws less or more changes nothing for anybody else.
const (
	streamQuality = iota + 1
	streamJudge
	streamExam
)

func stream(seed, use, uid uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, use<<32|uid)) }

// history is the true quality of the honest miners in each epoch, and which were replaced at its beginning.
type history struct {
	quality  [][]float64
	replaced [][]bool
}

// newHistory draws it. Quality goes after a target that walks at random between its bounds.
func newHistory(w World) history {
	r := stream(w.Seed, streamQuality, 0)
	epochs := w.WarmUp + w.Epochs + foresight
	h := history{quality: make([][]float64, epochs), replaced: make([][]bool, epochs)}
	q, target := make([]float64, w.Miners), make([]float64, w.Miners)
	for j := range q {
		target[j] = newcomer(r)
		q[j] = target[j]
	}
	for e := range epochs {
		replaced := make([]bool, w.Miners)
		for j := range q {
			step := r.NormFloat64()
			target[j] = reflect(target[j] + float64(w.Drift*step))
			if leaves, next := r.Float64() < w.Churn, newcomer(r); leaves {
				replaced[j] = true
				q[j], target[j] = poorest, next
				continue
			}
			q[j] += float64(pace * (target[j] - q[j]))
		}
		h.quality[e], h.replaced[e] = append([]float64(nil), q...), replaced
	}
	return h
}

// newcomer is where a new miner heads.
func newcomer(r *rand.Rand) float64 { return 0.2 + float64(0.8*r.Float64()) }

// reflect throws a quality back from its bounds.
func reflect(q float64) float64 {
	for q < poorest || q > 1 {
		if q > 1 {
			q = 2 - q
		} else {
			q = 2*poorest - q
		}
	}
	return q
}

// judge is what one validator makes of the miners: the truth with noise of its own, by uid.
func (w World) judge(r *rand.Rand, truth, into []float64) []float64 {
	clear(into)
	for j, q := range truth {
		into[w.miner(j)] = q * max(0, 1+float64(w.Noise*r.NormFloat64()))
	}
	return into
}
