package keys

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what an administrator may write.
const (
	MaxName   = 128
	MaxModels = 64
	MaxModel  = 128
	MaxAmount = 1 << 62 // nagon: sums of two stay within a database's integers
	MaxRate   = 1 << 40
)

// Period is how often a budget begins anew. Days, weeks (from Monday) and months are those of UTC.
type Period string

// The periods. None means that a key has no budget of its own and only its customer's credits bound it.
const (
	None  Period = ""
	Day   Period = "day"
	Week  Period = "week"
	Month Period = "month"
	Total Period = "total"
)

// Budget is the most that a key may spend in each period.
type Budget struct {
	Period Period `json:"period,omitempty"`
	Amount uint64 `json:"amount,omitempty"` // nagon
}

// Scope is what a key is allowed. Zero numbers and empty lists bound nothing.
type Scope struct {
	Models            []string  `json:"models,omitempty"` // exact names, or patterns with * for any run of characters without a slash
	Budget            Budget    `json:"budget"`
	RequestsPerMinute uint64    `json:"requests_per_minute,omitempty"` // in each process
	TokensPerMinute   uint64    `json:"tokens_per_minute,omitempty"`   // in each process
	Expires           time.Time `json:"expires,omitzero"`
	ScoreSample       bool      `json:"score_sample"` // consent to have a sample of its calls scored after the fact
}

// Key is an API key without its secret.
type Key struct {
	ID       string    `json:"id"`
	Customer string    `json:"customer"`
	Name     string    `json:"name"`
	Hash     [32]byte  `json:"-"` // SHA-256 of the secret's random part
	Created  time.Time `json:"created"`
	Rotated  time.Time `json:"rotated,omitzero"`
	Revoked  time.Time `json:"revoked,omitzero"`
	Scope
	Seq int64 `json:"-"` // of the change that made this state
}

// Customer holds the credits that its keys spend.
type Customer struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Account string    `json:"account,omitempty"` // chain account whose deposits may fund it; nothing reads it yet
	Credits uint64    `json:"credits"`           // nagon that is neither spent nor leased
	Leased  uint64    `json:"leased"`            // nagon that processes hold and have not spent
	Created time.Time `json:"created"`
}

// Validate names the first field out of bounds. Errors: [ErrInvalid].
func (s Scope) Validate() error {
	if len(s.Models) > MaxModels {
		return fmt.Errorf("%w: models: %d patterns, at most %d; use * for several", ErrInvalid, len(s.Models), MaxModels)
	}
	for _, m := range s.Models {
		if m == "" || len(m) > MaxModel || strings.ContainsAny(m, " \t\r\n") || !utf8.ValidString(m) {
			return fmt.Errorf("%w: models: %.40q is not a pattern of 1 to %d bytes without spaces, like 1/* or 2/llama@3", ErrInvalid, m, MaxModel)
		}
	}
	if !slices.Contains([]Period{None, Day, Week, Month, Total}, s.Budget.Period) {
		return fmt.Errorf("%w: budget.period: %.20q is none of day, week, month, total", ErrInvalid, s.Budget.Period)
	}
	if (s.Budget.Period == None) != (s.Budget.Amount == 0) {
		return fmt.Errorf("%w: budget: a period and an amount above 0 go together; leave out both for none", ErrInvalid)
	}
	if s.Budget.Amount > MaxAmount {
		return fmt.Errorf("%w: budget.amount: %d nagon, at most %d", ErrInvalid, s.Budget.Amount, uint64(MaxAmount))
	}
	if s.RequestsPerMinute > MaxRate || s.TokensPerMinute > MaxRate {
		return fmt.Errorf("%w: requests_per_minute, tokens_per_minute: at most %d", ErrInvalid, uint64(MaxRate))
	}
	return nil
}

// ValidateName judges the name of a key or customer. Errors: [ErrInvalid].
func ValidateName(name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%w: name: %.40q is not 1 to %d bytes of text on one line", ErrInvalid, name, MaxName)
	}
	return nil
}

// Allows says whether the scope has the model. A name without a version is matched by its pattern without one alone, and a
// pattern without a version also matches its versions: 2/llama allows 2/llama@3, while 2/llama@3 does not allow 2/llama.
func (s Scope) Allows(model string) bool {
	if len(s.Models) == 0 {
		return true
	}
	bare, _, versioned := strings.Cut(model, "@")
	return slices.ContainsFunc(s.Models, func(p string) bool {
		return match(p, model) || versioned && !strings.Contains(p, "@") && match(p, bare)
	})
}

// match compares in time proportional to the product of the lengths at worst, both of which are bounded.
func match(pattern, s string) bool {
	star, mark, p, i := -1, 0, 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0 && s[mark] != '/':
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// window names the budget's period that holds now, and when it ends (zero: never).
func (b Budget) window(now time.Time) (name string, end time.Time) {
	now = now.UTC()
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	switch b.Period {
	case Day:
		return "day/" + day.Format(time.DateOnly), day.AddDate(0, 0, 1)
	case Week:
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return "week/" + monday.Format(time.DateOnly), monday.AddDate(0, 0, 7)
	case Month:
		first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
		return "month/" + first.Format("2006-01"), first.AddDate(0, 1, 0)
	}
	return "total", time.Time{}
}
