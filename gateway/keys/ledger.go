package keys

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Ledger is what an administrator does with a store. Every change is noted with its actor.
type Ledger struct {
	Store Store
	Actor string
	// Changed, where set, is called after a change of a key, for a [Service.Refresh], so that it holds at once in this process.
	Changed func(context.Context)
	Now     func() time.Time // nil: time.Now
}

// NewKey is a key to be made.
type NewKey struct {
	Customer string `json:"customer"`
	Name     string `json:"name"`
	Scope
}

// KeyPatch is what to change of a key: fields left out stay.
type KeyPatch struct {
	Name              *string    `json:"name,omitempty"`
	Models            *[]string  `json:"models,omitempty"`
	Budget            *Budget    `json:"budget,omitempty"`
	RequestsPerMinute *uint64    `json:"requests_per_minute,omitempty"`
	TokensPerMinute   *uint64    `json:"tokens_per_minute,omitempty"`
	Expires           *time.Time `json:"expires,omitempty"` // the zero time: never
	ScoreSample       *bool      `json:"score_sample,omitempty"`
}

// KeySecret is a key with its secret, which nobody can read again.
type KeySecret struct {
	Key
	Secret Secret `json:"secret"`
}

// LogValue is the key alone.
func (k KeySecret) LogValue() slog.Value { return slog.AnyValue(k.Key) }

func (l Ledger) now() time.Time {
	now := time.Now
	if l.Now != nil {
		now = l.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

func (l Ledger) note(action, subject string, detail any) (Change, error) {
	b, err := json.Marshal(detail)
	return Change{At: l.now(), Actor: l.Actor, Action: action, Subject: subject, Detail: string(b)}, err
}

func (l Ledger) changed(ctx context.Context) {
	if l.Changed != nil {
		l.Changed(ctx)
	}
}

// CreateCustomer makes a customer without credits. The account may be empty. Errors: [ErrInvalid].
func (l Ledger) CreateCustomer(ctx context.Context, name, account string) (Customer, error) {
	if err := ValidateName(name); err != nil {
		return Customer{}, err
	}
	if len(account) > MaxName || strings.ContainsFunc(account, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return Customer{}, fmt.Errorf("%w: account: %.40q is no address of the chain", ErrInvalid, account)
	}
	c := Customer{ID: "cus-" + newID(), Name: name, Account: account, Created: l.now()}
	n, err := l.note("customer.create", c.ID, c)
	if err != nil {
		return Customer{}, err
	}
	return c, l.Store.PutCustomer(ctx, c, n)
}

// Customers gives all, or the one named. Errors: [ErrNotFound].
func (l Ledger) Customers(ctx context.Context, id string) ([]Customer, error) {
	return l.Store.Customers(ctx, id)
}

// Credit adds nagon to a customer's credits, or takes of those that are not leased. Errors: [ErrNotFound], [ErrNoCredits], [ErrInvalid].
func (l Ledger) Credit(ctx context.Context, customer string, amount int64) (Customer, error) {
	n, err := l.note("customer.credit", customer, map[string]int64{"amount": amount})
	if err != nil {
		return Customer{}, err
	}
	return l.Store.Credit(ctx, customer, amount, n)
}

// CreateKey makes a key. Errors: [ErrInvalid], [ErrNotFound] for its customer.
func (l Ledger) CreateKey(ctx context.Context, want NewKey) (KeySecret, error) {
	if err := ValidateName(want.Name); err != nil {
		return KeySecret{}, err
	}
	if err := want.Validate(); err != nil {
		return KeySecret{}, err
	}
	id, secret, hash := NewSecret()
	k := Key{ID: id, Customer: want.Customer, Name: want.Name, Hash: hash, Created: l.now(), Scope: want.Scope}
	n, err := l.note("key.create", id, k)
	if err != nil {
		return KeySecret{}, err
	}
	if err := l.Store.PutKey(ctx, k, n); err != nil {
		return KeySecret{}, err
	}
	l.changed(ctx)
	return KeySecret{k, Secret(secret)}, nil
}

// Keys gives all, or those of a customer, revoked ones too, in the order of their last change.
func (l Ledger) Keys(ctx context.Context, customer string) ([]Key, error) {
	all, err := l.Store.KeysSince(ctx, 0)
	out := make([]Key, 0, len(all))
	for _, k := range all {
		if customer == "" || k.Customer == customer {
			out = append(out, k)
		}
	}
	return out, err
}

// Key gives one. Errors: [ErrNotFound].
func (l Ledger) Key(ctx context.Context, id string) (Key, error) { return l.Store.Key(ctx, id) }

// UpdateKey changes what a key may. Errors: [ErrNotFound], [ErrRevoked], [ErrInvalid].
func (l Ledger) UpdateKey(ctx context.Context, id string, p KeyPatch) (Key, error) {
	return l.change(ctx, "key.update", id, p, func(k *Key) error {
		set(&k.Name, p.Name)
		set(&k.Models, p.Models)
		set(&k.Budget, p.Budget)
		set(&k.RequestsPerMinute, p.RequestsPerMinute)
		set(&k.TokensPerMinute, p.TokensPerMinute)
		set(&k.Expires, p.Expires)
		set(&k.ScoreSample, p.ScoreSample)
		if err := ValidateName(k.Name); err != nil {
			return err
		}
		return k.Validate()
	})
}

// RevokeKey ends a key for good. Errors: [ErrNotFound], [ErrRevoked].
func (l Ledger) RevokeKey(ctx context.Context, id string) (Key, error) {
	return l.change(ctx, "key.revoke", id, nil, func(k *Key) error {
		k.Revoked = l.now()
		return nil
	})
}

// RotateKey gives a key a new secret; the one before ends at once. Errors: [ErrNotFound], [ErrRevoked].
func (l Ledger) RotateKey(ctx context.Context, id string) (KeySecret, error) {
	secret := ""
	k, err := l.change(ctx, "key.rotate", id, nil, func(k *Key) error {
		secret, k.Hash = newSecretFor(k.ID)
		k.Rotated = l.now()
		return nil
	})
	if err != nil {
		return KeySecret{}, err
	}
	return KeySecret{k, Secret(secret)}, nil
}

func (l Ledger) change(ctx context.Context, action, id string, detail any, f func(*Key) error) (Key, error) {
	n, err := l.note(action, id, detail)
	if err != nil {
		return Key{}, err
	}
	k, err := l.Store.UpdateKey(ctx, id, func(k *Key) (Change, error) {
		if !k.Revoked.IsZero() {
			return Change{}, fmt.Errorf("key %s: %w", k.ID, ErrRevoked)
		}
		return n, f(k)
	})
	if err != nil {
		return Key{}, err
	}
	l.changed(ctx)
	return k, nil
}

// Usage gives what was used. Errors: [ErrInvalid] for days that are none.
func (l Ledger) Usage(ctx context.Context, f UsageFilter) ([]UsageRow, error) {
	for _, d := range []struct{ name, day string }{{"from", f.From}, {"to", f.To}} {
		if _, err := time.Parse(time.DateOnly, d.day); d.day != "" && err != nil {
			return nil, fmt.Errorf("%w: %s: %.20q is no day like 2006-01-02", ErrInvalid, d.name, d.day)
		}
	}
	return l.Store.Usage(ctx, f)
}

// maxChanges bounds one answer.
const maxChanges = 1000

// Changes gives the audit trail, the newest first, of all or of one customer or key.
func (l Ledger) Changes(ctx context.Context, subject string) ([]Change, error) {
	return l.Store.Changes(ctx, subject, maxChanges)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
