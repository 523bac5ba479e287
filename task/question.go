package task

import (
	"encoding/json"
	"time"
)

// MinerID names a miner for as long as it lives: its hotkey, not its uid, which
// passes to another when a neuron is replaced.
type MinerID string

// Round asks an examiner for one batch of questions.
type Round struct {
	// Number must never repeat under one seed: questions are a function of the
	// seed, the number and what was observed before.
	Number uint64
	// Miners to ask, in any order.
	Miners []MinerID
	// PerMiner is how many questions each gets.
	PerMiner int
}

// MaxWeight bounds the weight of a question, so that no answer decides a score.
const MaxWeight = 8

// Question is what one miner is asked. Only Body leaves the validator.
type Question struct {
	// ID is unique over rounds under one seed.
	ID string `json:"id"`
	// Round is the number of the round it belongs to.
	Round uint64 `json:"round"`
	// Miner is who is to be asked; empty in an Exam.
	Miner MinerID `json:"miner,omitempty"`
	// Item is the same for the variants that different miners get of one thing,
	// so that answers can be compared across miners.
	Item string `json:"item"`
	// Group, where not empty, joins the questions to one miner whose answers must
	// agree. A group never spans rounds.
	Group string `json:"group,omitempty"`
	// Identity is a small number: questions of one group carry different ones and
	// must be sent under different caller accounts.
	Identity int `json:"identity"`
	// Canary marks a question that no real expert fails.
	Canary bool `json:"canary,omitempty"`
	// Weight is how much the answer counts in the moving quality, 0 to MaxWeight;
	// 0 means 1. An examiner that asks in some places more often than the quality to
	// be measured has them gives those answers less: importance sampling.
	Weight float64 `json:"weight,omitempty"`
	// Body is the request body, JSON.
	Body json.RawMessage `json:"body"`
	// Stream says that the body asks for a stream. The answer's body is then the events as they came (text/event-stream).
	Stream bool `json:"stream,omitempty"`
	// Expectation is the examiner's own and hidden.
	Expectation json.RawMessage `json:"expectation"`
}

// weight is the weight that a book uses, within its bounds.
func (q Question) weight() float64 {
	if q.Weight > 0 {
		return min(q.Weight, MaxWeight)
	}
	return 1
}

// Answer is what came back.
type Answer struct {
	// Body is the response body; nil when Dropped.
	Body []byte `json:"body,omitempty"`
	// Dropped is true when no usable response came: connection refused, timeout,
	// a status other than 200, a receipt that is absent or does not verify.
	Dropped bool `json:"dropped,omitempty"`
	// Reason says why it was dropped, for logs.
	Reason string `json:"reason,omitempty"`
	// Latency is from the first byte sent to the last byte received.
	Latency time.Duration `json:"latency"`
}

// Judgement is what an examiner makes of an answer.
type Judgement struct {
	// Quality is in [0, 1]. A dropped answer has 0: dropping what is hard must
	// not pay.
	Quality float64 `json:"quality"`
	// Chance is the quality that the best answer without any expertise (a
	// constant, a guess) could expect on this question; 0 where there is none.
	Chance float64 `json:"chance"`
	// Label is the answer in short, for comparison within a group and for logs.
	Label string `json:"label,omitempty"`
	// Reasons are short words: "wrong", "malformed", "dropped", "inconsistent".
	Reasons []string `json:"reasons,omitempty"`
	// Accused is what convinced the examiner that the miner does not serve what it says, if anything did: its score is 0 until an
	// answer is judged without it.
	Accused string `json:"accused,omitempty"`
}

// Result is a question with its answer and judgement.
type Result struct {
	Question  Question  `json:"question"`
	Answer    Answer    `json:"answer"`
	Judgement Judgement `json:"judgement"`
}
