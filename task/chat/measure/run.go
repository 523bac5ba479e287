package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/backend"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/calibrate"
	"github.com/agon-chain/agon/verify/repeat"
)

// first is how many questions are asked before it is looked whether it is worth asking the rest.
const first = 12

// Run calibrates. Errors: those of this package, calibrate.ErrSamples, and the context's.
func Run(ctx context.Context, c Config) (Report, error) {
	if err := c.validate(); err != nil {
		return Report{}, err
	}
	options, err := json.Marshal(openai.Options{Backends: []backend.Config{c.Server}})
	if err != nil {
		return Report{}, err
	}
	e, err := openai.New(ctx, task.ExpertConfig{Options: options})
	if err != nil {
		if errors.Is(err, backend.ErrConfig) {
			return Report{}, fmt.Errorf("%w: %w", ErrConfig, err)
		}
		return Report{}, fmt.Errorf("%w: %w", ErrServer, err)
	}
	defer e.Close()
	r := runner{Config: c, expert: e, all: questions(c)}
	r.answers, r.seconds = make([]answered, len(r.all)), make([]*answered, len(r.all))
	if err := r.ask(ctx, 0, first); err != nil {
		return Report{}, err
	}
	if err := worthwhile(r.answers[:first]); err != nil {
		return Report{}, err
	}
	if err := r.seeds(ctx); err != nil {
		return Report{}, err
	}
	if err := r.ask(ctx, first, len(r.all)); err != nil {
		return Report{}, err
	}
	return r.report(e.Name())
}

// runner is a calibration under way.
type runner struct {
	Config
	expert  task.Expert
	all     []question
	answers []answered
	seconds []*answered // of questions that were asked twice

	mu   sync.Mutex
	done int
}

// ask asks the questions of a range, some twice: the second time the same, or fewer tokens of it.
func (r *runner) ask(ctx context.Context, from, to int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.AtOnce)
	for i := from; i < to; i++ {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			q := r.all[i]
			var err error
			if r.answers[i], err = r.Config.ask(ctx, r.expert, q, q.seed, r.Tokens); err != nil {
				return err
			}
			// Of each manner as many, half of them for fewer tokens.
			if k := i / len(manners); k%again == 0 {
				second, err := r.Config.ask(ctx, r.expert, q, q.seed, r.allowed(i))
				if err != nil {
					return err
				}
				r.seconds[i] = &second
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.done++; r.Progress != nil {
				r.Progress(r.done, len(r.all))
			}
			return nil
		})
	}
	return g.Wait()
}

// allowed is how many tokens the second answer to a question may have.
func (r *runner) allowed(i int) int {
	if i/len(manners)/again%2 == 1 {
		return r.Tokens - r.Tokens/3
	}
	return r.Tokens
}

// seeds asks one question under other seeds, all of which must not give one text. That the same seed gives the same is seen by what was
// asked twice.
func (r *runner) seeds(ctx context.Context) error {
	twice, parted := 0, 0
	for i, second := range r.seconds {
		if second == nil || r.all[i].manner.Temperature == 0 {
			continue
		}
		if twice++; r.repeated(i).Misses > 0 {
			parted++
		}
	}
	if twice > 0 && parted == twice {
		return fmt.Errorf("%w: the same body with the same seed gave another text each of %d times: validators ask twice, and take that for two models", ErrSeed, twice)
	}
	q := r.all[0] // temperature 1
	for n := range int64(4) {
		a, err := r.Config.ask(ctx, r.expert, q, q.seed+1+n, r.Tokens)
		if err != nil {
			return err
		}
		if a.text != r.answers[0].text {
			return nil
		}
	}
	return fmt.Errorf("%w: five seeds gave one text at temperature 1: it answers from a cache, or at temperature 0", ErrSeed)
}

func (r *runner) repeated(i int) verify.Finding {
	return repeat.Judge([]repeat.Answer{
		{Tokens: r.answers[i].transcript.Tokens, Allowed: r.Tokens},
		{Tokens: r.seconds[i].transcript.Tokens, Allowed: r.allowed(i)},
	})
}

// worthwhile refuses after a few answers what many would not mend.
func worthwhile(answers []answered) error {
	var claims []float64
	for _, a := range answers {
		if a.prompt != a.promptHere {
			return fmt.Errorf("%w: it counts %d tokens of a prompt that the version's tokenizer and template make %d of: serve the pinned files with their own template, and without a system message of the server's",
				ErrTokenizer, a.prompt, a.promptHere)
		}
		if a.manner.Temperature > 0 {
			claims = append(claims, a.transcript.Claimed...)
		}
	}
	if len(claims) == 0 {
		return fmt.Errorf("%w: none came with %d answers", ErrLogprobs, len(answers))
	}
	if slices.Min(claims) == slices.Max(claims) {
		return fmt.Errorf("%w: all %d are %v", ErrLogprobs, len(claims), claims[0])
	}
	return nil
}

// report turns answers into samples, refuses what no profile is fair to, and makes the profile.
func (r *runner) report(server string) (Report, error) {
	out := Report{Server: server, Questions: len(r.all), Tokens: r.Tokens, Seed: r.Seed}
	d, err := r.gather()
	if err != nil {
		return out, err
	}
	out.Answers = d.answers
	if err := d.fair(); err != nil {
		return out, err
	}
	if out.Profile, err = calibrate.Profile(d.Samples); err != nil {
		return out, fmt.Errorf("%w: ask more questions", err)
	}
	out.Profile.Apart = min(out.Profile.Apart+d.slack, mostApart)
	out.Rows = d.rows(out.Profile)
	return out, d.drawn(out.Profile)
}
