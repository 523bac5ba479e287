package langid

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/agon-chain/agon/task"
)

// expectation is what a question hides.
type expectation struct {
	phrase
	// Chance that the best constant answer is right in this round.
	Chance float64 `json:"chance"`
	// Perturbed names what was done to the text.
	Perturbed []string `json:"perturbed,omitempty"`
}

func decodeExpectation(q task.Question) (expectation, error) {
	var e expectation
	if err := json.Unmarshal(q.Expectation, &e); err != nil {
		return e, fmt.Errorf("langid: question %s: expectation: %w", q.ID, err)
	}
	if !validCode(e.Language) {
		return e, fmt.Errorf("langid: question %s: expectation: language %q is no ISO 639-3 code", q.ID, e.Language)
	}
	return e, nil
}

// judge compares labels exactly: 1 or 0.
type judge struct{}

// Judge implements task.Judge.
func (judge) Judge(_ context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	e, err := decodeExpectation(q)
	if err != nil {
		return task.Judgement{}, err
	}
	j := task.Judgement{Chance: e.Chance}
	if a.Dropped {
		j.Reasons = []string{reasonDropped}
		return j, nil
	}
	r, err := decodeResponse(a.Body)
	if err != nil {
		j.Reasons = []string{reasonMalformed}
		return j, nil
	}
	j.Label = r.Language
	if r.Language == e.Language {
		j.Quality = 1
	} else {
		j.Reasons = []string{reasonWrong}
	}
	return j, nil
}

const (
	reasonDropped      = "dropped"
	reasonMalformed    = "malformed"
	reasonWrong        = "wrong"
	reasonInconsistent = "inconsistent"
)
