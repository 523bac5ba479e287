package validator

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

// Callers are the ordinary accounts that questions are sent under. A miner that knew an examiner's account could answer it
// better than its users, so the hotkey never asks, and no account asks all questions.
type Callers struct {
	self     Self
	accounts Accounts
	store    *Store
	network  Network
	owner    Sender // nil: the operator funds callers
	funding  sdk.Coin
	life     time.Duration
	log      *slog.Logger
	now      func() time.Time

	mu       sync.Mutex
	callers  []Caller
	funded   map[string]bool
	sessions map[string]session
	warned   time.Time // of the last failed funding that was logged
}

// warnEvery is how often a failed funding is logged: it is tried again in every round.
const warnEvery = time.Minute

type session struct {
	*wire.Session
	renewAt time.Time
}

// callerName is the name of a caller's key. Each mechanism has its own callers: what one keyring holds may serve several processes.
func callerName(mechanism uint8, i int) string {
	if mechanism == 0 {
		return fmt.Sprintf("caller-%02d", i)
	}
	return fmt.Sprintf("caller-%d-%02d", mechanism, i)
}

// Prepare makes the keys that are lacking to n and remembers them before anyone funds them.
func (c *Callers) Prepare(n int) error {
	known, err := c.store.Callers()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.callers = nil
	taken := map[string]bool{}
	for _, k := range known {
		taken[k.Name] = true
		address, err := c.accounts.Address(k.Name)
		if err != nil || address.String() != k.Address {
			c.log.Warn("a caller's key is not in the keyring any more; another takes its place", "caller", k.Name, "address", k.Address)
			continue
		}
		if len(c.callers) < n {
			c.callers = append(c.callers, k)
		}
	}
	for i := 0; len(c.callers) < n; i++ {
		name := callerName(c.self.Mechanism, i)
		if taken[name] {
			continue
		}
		if _, _, err := c.accounts.Ensure(name); err != nil {
			return fmt.Errorf("key of %s: %w", name, err)
		}
		address, err := c.accounts.Address(name)
		if err != nil {
			return fmt.Errorf("key of %s: %w", name, err)
		}
		if address.Equals(c.self.Hotkey) || address.Equals(c.self.Signer()) {
			return fmt.Errorf("%w: key %s is the hotkey's, which must never ask; give the hotkey another name", ErrNoCallers, name)
		}
		k := Caller{Name: name, Address: address.String()}
		if err := c.store.AddCaller(k); err != nil {
			return err
		}
		c.callers = append(c.callers, k)
	}
	return nil
}

// warn logs a failure that lasts at most once a minute, and not at all when the validator is stopping.
func (c *Callers) warn(ctx context.Context, msg string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); ctx.Err() == nil && now.Sub(c.warned) >= warnEvery {
		c.warned = now
		c.log.Error(msg, args...)
	}
}

// Fund tops up the callers that have less than miners ask for, in one transaction, and finds out who can ask. Without an
// owner it only finds out. Errors: [ErrNoCallers] if none can, and the network's.
func (c *Callers) Fund(ctx context.Context, least uint64) error {
	c.mu.Lock()
	callers := slices.Clone(c.callers)
	c.mu.Unlock()
	least = max(least, 1)
	// A caller is topped up before it is refused, so that no question is lost to a fee or a raised bound.
	threshold := max(least, c.funding.Amount.Uint64()/2)
	amount := sdk.NewCoin(params.BaseDenom, c.funding.Amount)
	if amount.Amount.Uint64() < least {
		amount.Amount = amount.Amount.AddRaw(int64(least))
	}
	funded := map[string]bool{}
	var poor []Caller
	for _, k := range callers {
		balance, err := c.network.Balance(ctx, k.Address)
		if err != nil {
			return fmt.Errorf("balance of caller %s: %w", k.Address, err)
		}
		funded[k.Name] = balance.Amount.GTE(math.NewIntFromUint64(least))
		if balance.Amount.LT(math.NewIntFromUint64(threshold)) {
			poor = append(poor, k)
		}
	}
	if len(poor) > 0 && c.owner != nil && c.funding.IsPositive() {
		rand.Shuffle(len(poor), func(i, j int) { poor[i], poor[j] = poor[j], poor[i] })
		msgs := make([]sdk.Msg, len(poor))
		for i, k := range poor {
			msgs[i] = &banktypes.MsgSend{FromAddress: c.owner.Address().String(), ToAddress: k.Address, Amount: sdk.NewCoins(amount)}
		}
		if _, err := c.owner.Submit(ctx, msgs...); err != nil {
			c.warn(ctx, "callers could not be funded", "callers", len(poor), "each", amount.String(), "owner", c.owner.Address().String(), "error", err)
		} else {
			for _, k := range poor {
				funded[k.Name] = true
			}
		}
	}
	c.mu.Lock()
	c.funded = funded
	usable := c.usable()
	c.mu.Unlock()
	if len(usable) == 0 {
		return fmt.Errorf("%w: none of %d has %d nagon; send some to %s, or put the owner key into the keyring", ErrNoCallers, len(callers), least, callers[0].Address)
	}
	return nil
}

// usable callers; the lock is held.
func (c *Callers) usable() []Caller {
	var out []Caller
	for _, k := range c.callers {
		if c.funded[k.Name] {
			out = append(out, k)
		}
	}
	return out
}

// Roster is who may ask in a round.
func (c *Callers) Roster() []Caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usable()
}

// choose gives each question of a group another caller, as long as there are enough, and spreads the others evenly. The seed keeps
// the choice from being foretold.
func choose(roster []Caller, seed [32]byte, q task.Question) Caller {
	from := q.Group
	if from == "" {
		from = q.ID
	}
	h := sha256.Sum256(append(append([]byte("caller"), seed[:]...), from...))
	return roster[(binary.BigEndian.Uint64(h[:])%uint64(len(roster))+uint64(q.Identity))%uint64(len(roster))]
}

// Session of a caller, renewed when four fifths of its life are over.
func (c *Callers) Session(k Caller) (*wire.Session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if s, ok := c.sessions[k.Name]; ok && now.Before(s.renewAt) {
		return s.Session, nil
	}
	key, sign, err := c.accounts.AccountSigner(k.Name)
	if err != nil {
		return nil, fmt.Errorf("caller %s: %w", k.Name, err)
	}
	// Sessions that all began and ended together would show that their accounts belong together.
	life := c.life - time.Duration(rand.Int64N(int64(c.life/4)))
	s, err := wire.NewSession(c.self.ChainID, key, sign, wire.ScopeCall, c.self.Netuid, now, now.Add(life))
	if err != nil {
		return nil, fmt.Errorf("caller %s: %w", k.Name, err)
	}
	if c.sessions == nil {
		c.sessions = map[string]session{}
	}
	c.sessions[k.Name] = session{s, now.Add(life * 4 / 5)}
	return s, nil
}

// Run keeps the callers funded, looking once in each epoch of the subnet.
func (c *Callers) Run(ctx context.Context, clock *Clock) error {
	h := clock.Height()
	for {
		v, err := c.network.View(ctx, 0)
		every := int64(10)
		if err == nil {
			every = max(every, int64(v.Subnet.Hyperparams.Tempo))
		}
		if h, err = clock.Wait(ctx, h+every); err != nil {
			return err
		}
		if v, err = c.network.View(ctx, 0); err == nil {
			err = c.Fund(ctx, v.Subnet.Hyperparams.MinCallerBalance)
		}
		if err != nil && ctx.Err() == nil {
			c.log.Warn("callers were not checked", "error", err)
		}
	}
}
