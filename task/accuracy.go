package task

import (
	"context"
	"errors"
	"fmt"
	"sort"
)

// Accuracy is how an expert did on a fixed exam.
type Accuracy struct {
	Asked  int     `json:"asked"`
	Failed int     `json:"failed"` // of these, the expert returned an error
	Mean   float64 `json:"mean"`   // mean quality, failures as 0
	Lower  float64 `json:"lower"`  // 95 % Wilson interval
	Upper  float64 `json:"upper"`
	// Wrong counts, for the labels that Judgement.Label gave on answers of quality
	// below 1, how often each was given; for reports.
	Wrong map[string]int `json:"wrong,omitempty"`
}

// MeasureAccuracy asks an expert all questions of an exam, directly, with no
// network between. It stops early only when ctx ends or the judge fails.
func MeasureAccuracy(ctx context.Context, expert Expert, exam Exam) (Accuracy, error) {
	if len(exam.Questions) == 0 {
		return Accuracy{}, fmt.Errorf("exam: %w: no questions", ErrNoMaterial)
	}
	acc := Accuracy{Wrong: map[string]int{}}
	var sum float64
	for _, q := range exam.Questions {
		if err := ctx.Err(); err != nil {
			return Accuracy{}, err
		}
		body, err := expert.Answer(ctx, q.Body)
		a := Answer{Body: body}
		if err != nil {
			if errors.Is(err, context.Canceled) && ctx.Err() != nil {
				return Accuracy{}, ctx.Err()
			}
			a = Answer{Dropped: true, Reason: err.Error()}
			acc.Failed++
		}
		j, err := exam.Judge.Judge(ctx, q, a)
		if err != nil {
			return Accuracy{}, fmt.Errorf("judging %s: %w", q.ID, err)
		}
		acc.Asked++
		sum += j.Quality
		if j.Quality < 1 && j.Label != "" {
			acc.Wrong[j.Label]++
		}
	}
	acc.Mean = sum / float64(acc.Asked)
	acc.Lower, acc.Upper = Wilson(acc.Mean, float64(acc.Asked), 1.96)
	return acc, nil
}

// WrongLabels returns the labels of Wrong, most frequent first.
func (a Accuracy) WrongLabels() []string {
	labels := make([]string, 0, len(a.Wrong))
	for l := range a.Wrong {
		labels = append(labels, l)
	}
	sort.Slice(labels, func(i, j int) bool {
		if a.Wrong[labels[i]] != a.Wrong[labels[j]] {
			return a.Wrong[labels[i]] > a.Wrong[labels[j]]
		}
		return labels[i] < labels[j]
	})
	return labels
}
