package task

import "encoding/json"

// Account is what an examiner counts for and against one miner that says it serves one thing, as evidence of a number of answers. Logarithms are
// decimal, of e-values: 3 is odds of 1,000 to 1 against an honest miner.
type Account struct {
	// Of is what the miner says it serves, such as name@version.
	Of string `json:"of"`
	// Since is the round in which the account was opened.
	Since uint64 `json:"since"`
	// Answers that could be looked at.
	Answers int `json:"answers"`
	// Log10 is the evidence of all layers together now, Peak the most that it ever was.
	Log10 float64 `json:"log10"`
	Peak  float64 `json:"peak"`
	// Layers are the logarithms by layer, now.
	Layers map[string]float64 `json:"layers"`
	// Accused says that the peak was enough, By which layer has the most of it.
	Accused bool   `json:"accused"`
	By      string `json:"by,omitempty"`
	// State is the account in the examiner's own form.
	State json.RawMessage `json:"state"`
}

// Accountant is an Examiner that can say what its accusations rest on.
type Accountant interface {
	// Accounts on a miner, in order of what it says it serves; none of who was never looked at. For one goroutine at a time, as Settle is.
	Accounts(m MinerID) ([]Account, error)
}
