package langid

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/agon-chain/agon/task"
)

// maxExam bounds a held-out exam.
const maxExam = 100000

// NewExam makes n questions from the held-out part of a source, the languages in
// turn, the lengths even, the texts as they stand. The seed decides which.
func NewExam(ctx context.Context, params Params, seed [32]byte, source task.Source, n int) (task.Exam, error) {
	if err := params.Validate(); err != nil {
		return task.Exam{}, err
	}
	if n < 1 || n > maxExam {
		return task.Exam{}, fmt.Errorf("langid: exam of %d questions, want 1 to %d", n, maxExam)
	}
	docs, err := source.Documents(ctx, task.HeldOut)
	if err != nil {
		return task.Exam{}, err
	}
	mat, err := newMaterial(docs, params.Languages, params.MaxWords)
	if err != nil {
		return task.Exam{}, err
	}
	rng := rand.New(rand.NewChaCha8(seed))
	chance := 1 / float64(len(mat.languages))
	exam := task.Exam{Judge: judge{}}
	for i := range n {
		words := params.MinWords + rng.IntN(params.MaxWords-params.MinWords+1)
		at := mat.draw(rng, mat.languages[i%len(mat.languages)], words)
		text, _ := reword(rng, at.Language, mat.words(at), false)
		body, err := json.Marshal(Request{Text: text})
		if err != nil {
			return task.Exam{}, fmt.Errorf("langid: %w", err)
		}
		hidden, err := json.Marshal(expectation{phrase: at, Chance: chance})
		if err != nil {
			return task.Exam{}, fmt.Errorf("langid: %w", err)
		}
		id := fmt.Sprintf("held-out-%05d", i)
		exam.Questions = append(exam.Questions, task.Question{ID: id, Item: id, Body: body, Expectation: hidden})
	}
	return exam, nil
}
