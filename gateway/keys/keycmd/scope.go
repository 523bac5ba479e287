package keycmd

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/agon-chain/agon/gateway/keys"
)

// addScope adds the flags by which create and limit say what a key may.
func addScope(c *cobra.Command) {
	f := c.Flags()
	f.StringSlice("models", nil, "models it may use, as names or patterns with *: 1/*,2/llama@3; all: any")
	f.String("budget", "none", "most it may spend in a period of UTC: 5agon/day, /week, /month, /total; none: what its customer has")
	f.Uint64("requests-per-minute", 0, "requests a minute, in each process; 0: no limit")
	f.Uint64("tokens-per-minute", 0, "tokens a minute, in and out, in each process; 0: no limit")
	f.String("expires", "never", "when it ends: 720h from now, 2027-01-31 (UTC), 2027-01-31T12:00:00Z, or never")
	f.Bool("score-sample", false, "its holder agrees that a sample of its calls is scored after the fact")
}

// patch is what the flags that were given say.
func patch(c *cobra.Command, now time.Time) (keys.KeyPatch, error) {
	var p keys.KeyPatch
	f := c.Flags()
	if f.Changed("models") {
		models, err := f.GetStringSlice("models")
		if err != nil {
			return p, err
		}
		if len(models) == 1 && models[0] == "all" {
			models = nil
		}
		p.Models = &models
	}
	if f.Changed("budget") {
		text, err := f.GetString("budget")
		if err != nil {
			return p, err
		}
		b, err := parseBudget(text)
		if err != nil {
			return p, fmt.Errorf("--budget: %w", err)
		}
		p.Budget = &b
	}
	for name, to := range map[string]**uint64{"requests-per-minute": &p.RequestsPerMinute, "tokens-per-minute": &p.TokensPerMinute} {
		if f.Changed(name) {
			n, err := f.GetUint64(name)
			if err != nil {
				return p, err
			}
			*to = &n
		}
	}
	if f.Changed("expires") {
		text, err := f.GetString("expires")
		if err != nil {
			return p, err
		}
		at, err := parseExpiry(text, now)
		if err != nil {
			return p, fmt.Errorf("--expires: %w", err)
		}
		p.Expires = &at
	}
	if f.Changed("score-sample") {
		yes, err := f.GetBool("score-sample")
		if err != nil {
			return p, err
		}
		p.ScoreSample = &yes
	}
	return p, nil
}

func parseExpiry(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		var d time.Duration
		d, err = time.ParseDuration(text)
		at = now.Add(d).UTC().Truncate(time.Second)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %.40q is neither 720h, 2027-01-31, 2027-01-31T12:00:00Z nor never", errValue, text)
	}
	if !at.After(now) {
		return time.Time{}, fmt.Errorf("%w: %s is past; to end a key now, revoke it", errValue, at.Format(time.RFC3339))
	}
	return at, nil
}

// scope is what a new key may by its patch.
func scope(p keys.KeyPatch) (s keys.Scope) {
	set(&s.Models, p.Models)
	set(&s.Budget, p.Budget)
	set(&s.RequestsPerMinute, p.RequestsPerMinute)
	set(&s.TokensPerMinute, p.TokensPerMinute)
	set(&s.Expires, p.Expires)
	set(&s.ScoreSample, p.ScoreSample)
	return s
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
