package pinned

import (
	"slices"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/latency"
)

// notePace names latency as a reason on the answers of miners whose pace in this round is far from that of the others who serve
// the same version. It takes no quality: better hardware is quicker too.
func notePace(out []task.Result, seen map[string]observed) {
	type served struct {
		miner task.MinerID
		pin   string
	}
	paces := map[served]latency.Timing{}
	for _, r := range out {
		if o, ok := seen[r.Question.ID]; ok {
			at := served{r.Question.Miner, o.pin}
			t := paces[at]
			paces[at] = latency.Timing{Seconds: t.Seconds + r.Answer.Latency.Seconds(), Tokens: t.Tokens + len(o.answer.Tokens)}
		}
	}
	noted := map[served]bool{}
	for at, own := range paces {
		var others []latency.Timing
		for other, t := range paces {
			if other != at && other.pin == at.pin {
				others = append(others, t)
			}
		}
		noted[at] = latency.Judge(own, others).Misses > 0
	}
	for i := range out {
		r := &out[i]
		if o, ok := seen[r.Question.ID]; ok && noted[served{r.Question.Miner, o.pin}] {
			r.Judgement.Reasons = append(slices.Clone(r.Judgement.Reasons), string(verify.Latency))
		}
	}
}
