package verify

import "fmt"

// Verdict is what a layer says of one answer.
type Verdict uint8

// Inconclusive is the zero value, so that what nobody looked at does not pass.
const (
	Inconclusive Verdict = iota
	Pass
	Fail
)

var verdicts = [...]string{"inconclusive", "pass", "fail"}

func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// MarshalText implements encoding.TextMarshaler.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Layer names a way to look at answers.
type Layer string

// The layers, as tables and records name them.
const (
	Replay     Layer = "replay"
	Likelihood Layer = "likelihood"
	Claim      Layer = "claim"
	Usage      Layer = "usage"
	Repeat     Layer = "repeat"
	Duplicate  Layer = "duplicate"
	Latency    Layer = "latency"
)

// Finding is what one layer makes of one answer.
type Finding struct {
	Layer   Layer   `json:"layer"`
	Verdict Verdict `json:"verdict"`
	// Trials is how many things were looked at, Misses how many of them were not as an honest miner's would nearly always be.
	Trials int `json:"trials"`
	Misses int `json:"misses"`
	// Reason says in short words why, for people; empty if there is nothing to say.
	Reason string `json:"reason,omitempty"`
}

// Missing is the finding of a layer that was not given what it looks at.
func Missing(l Layer, what string) Finding {
	return Finding{Layer: l, Verdict: Inconclusive, Reason: what + " is missing"}
}

// Counted is the finding of a layer that judged each trial by itself: it passes without a miss, and what one miss means is for
// the account to say. No trial is no evidence.
func Counted(l Layer, trials, misses int, reason string) Finding {
	f := Finding{Layer: l, Trials: trials, Misses: misses, Reason: reason}
	switch {
	case trials == 0:
		f.Verdict = Inconclusive
	case misses == 0:
		f.Verdict = Pass
	default:
		f.Verdict = Fail
	}
	return f
}
