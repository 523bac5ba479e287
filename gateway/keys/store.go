package keys

import (
	"context"
	"time"
)

// Lease is a part of a customer's credits, and of a key's budget in one window, that one process may spend until it expires.
type Lease struct {
	ID       string `json:"id"`
	Process  string `json:"-"`
	Customer string `json:"customer"`
	Key      string `json:"key"`
	Window   string `json:"window"`
	Budget   uint64 `json:"budget,omitempty"` // of the key in the window; zero bounds nothing
	Amount   uint64 `json:"-"`                // zero for one that is not made yet; it grows, so whoever spends does not look at it
}

// UsageKey is what usage is summed by.
type UsageKey struct {
	Day      string `json:"day"` // UTC, 2006-01-02
	Customer string `json:"customer"`
	Key      string `json:"key"`
	Model    string `json:"model"`
	Miner    string `json:"miner"`
}

// UsageSum is what calls used. Uncharged is cost above what was reserved for them, which the customer does not pay.
type UsageSum struct {
	Calls        uint64 `json:"calls"`
	Failed       uint64 `json:"failed"` // answered with a status of 400 or more
	PromptTokens uint64 `json:"prompt_tokens"`
	OutputTokens uint64 `json:"output_tokens"`
	Cost         uint64 `json:"cost"`
	Uncharged    uint64 `json:"uncharged"`
}

// UsageRow is one line of usage.
type UsageRow struct {
	UsageKey
	UsageSum
}

// UsageFilter chooses usage: empty fields choose all.
type UsageFilter struct {
	Customer, Key, Model string
	From, To             string // days, both included
}

// Batch is what a process settled since its last batch. Applying a batch whose number was applied already changes nothing.
type Batch struct {
	Process string
	Number  int64
	Usage   map[UsageKey]UsageSum
	Spent   map[*Lease]uint64
	Close   []*Lease // give back what is left, after what is spent
}

// Minute is what a process took of a key's limits since it last told, and the limits; and in the answer what is left of them for all processes, below zero where
// they took more at once than there was.
type Minute struct {
	Key                                string
	Requests, Tokens                   float64
	RequestsPerMinute, TokensPerMinute uint64
}

// Change is one line of the audit trail.
type Change struct {
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail,omitempty"`
}

// Store keeps what must outlive a process. All methods may be called at once, by several processes.
type Store interface {
	// KeysSince gives the keys that changed after a change's number, in the order of their changes.
	KeysSince(ctx context.Context, seq int64) ([]Key, error)
	// Key gives one. Errors: [ErrNotFound].
	Key(ctx context.Context, id string) (Key, error)
	// PutKey makes a key and notes the change. Errors: [ErrNotFound] for its customer.
	PutKey(ctx context.Context, k Key, c Change) error
	// UpdateKey replaces a key by what change makes of it, alone. Errors: [ErrNotFound], those of change.
	UpdateKey(ctx context.Context, id string, change func(*Key) (Change, error)) (Key, error)

	// Customers gives all, or the one named. Errors: [ErrNotFound] for one named.
	Customers(ctx context.Context, id string) ([]Customer, error)
	// PutCustomer makes a customer without credits.
	PutCustomer(ctx context.Context, c Customer, note Change) error
	// Credit adds to credits, or with a negative amount takes from those not leased. Errors: [ErrNotFound], [ErrNoCredits], [ErrInvalid].
	Credit(ctx context.Context, customer string, amount int64, note Change) (Customer, error)

	// Extend adds to a lease, making it where its amount is zero, from least to most, and sets when it expires.
	// Errors: [ErrNoCredits], [ErrOverBudget], [ErrNotFound], [ErrLeaseLost] where it was reclaimed.
	Extend(ctx context.Context, l Lease, least, most uint64, expires time.Time) (uint64, error)
	// Renew moves the expiry of leases and gives the ids of those that still stand.
	Renew(ctx context.Context, ids []string, expires time.Time) (map[string]bool, error)
	// Reclaim gives back what is left of leases that expired before a time, and says how many there were.
	Reclaim(ctx context.Context, before time.Time) (int, error)
	// Bury gives back what is left of the leases of a process that ended, and says how many there were.
	Bury(ctx context.Context, process string) (int, error)
	// Apply writes a batch, whole or not at all. What was spent of a lease that was reclaimed meanwhile is charged to what customer and budget have
	// left, and what they lack is counted as uncharged.
	Apply(ctx context.Context, b *Batch) error

	// Minutes takes from keys' limits what a process took, and gives what is left of each, in the order given. A limit is full at first and refills evenly.
	Minutes(ctx context.Context, now time.Time, took []Minute) ([]Minute, error)

	// Usage gives the lines chosen, in the order of days.
	Usage(ctx context.Context, f UsageFilter) ([]UsageRow, error)
	// Changes gives the newest lines of the audit trail, the newest first, of all or of one customer or key.
	Changes(ctx context.Context, subject string, limit int) ([]Change, error)
	Close() error
}
