package miner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	sdkmath "cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	// feeReserve is what must be left beside the price for the transaction's own fee, in nagon: a hundred times what it costs.
	feeReserve = 100_000
	// registerAttempts bounds how often a price that others raised meanwhile is looked up again.
	registerAttempts = 8
)

// Registration is how a hotkey gets a uid, and its fees paid by the owner, in one transaction.
type Registration struct {
	Chain        Chain
	Owner        Queue // nil: the owner's key is not here
	OwnerAddress sdk.AccAddress
	Hotkey       sdk.AccAddress
	Signer       sdk.AccAddress // signs for the hotkey and is granted its fees; nil: the hotkey itself
	Netuid       uint32
	MaxPrice     uint64        // nagon; 0: twice the price at the time
	FeeAllowance uint64        // nagon
	Retry        time.Duration // between attempts; 0: one second
	Log          *slog.Logger
}

// Registered is the outcome of a Registration.
type Registered struct {
	UID     uint32 `json:"uid"`
	Owner   string `json:"owner"`
	Price   uint64 `json:"price"` // nagon; 0 if it was registered before
	Granted bool   `json:"granted"`
	Hash    string `json:"hash,omitempty"` // of the transaction; empty if none was needed
}

// Ensure registers the hotkey unless it is, and grants it its fees unless there is a grant with enough left. It runs the owner's queue as long as it takes.
// Errors: ErrNoOwnerKey, ErrFunds, ErrPrice, ErrNoSubnet, subnettypes.ErrHotkeyOwned and what the chain refuses with.
func (r Registration) Ensure(ctx context.Context) (out Registered, err error) {
	if r.Owner == nil {
		return Registered{}, fmt.Errorf("%w: register %s from where it is with `agond tx subnet register %s %d`", ErrNoOwnerKey, r.Hotkey, r.Hotkey, r.Netuid)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- r.Owner.Run(ctx) }()
	defer func() {
		cancel()
		if e := <-done; err == nil && e != nil && !errors.Is(e, context.Canceled) {
			err = e
		}
	}()
	for attempt := 1; ; attempt++ {
		out, err = r.attempt(ctx)
		raced := errors.Is(err, subnettypes.ErrPriceAboveLimit) || errors.Is(err, subnettypes.ErrTooManyRegistrations)
		if !raced || attempt == registerAttempts {
			return out, err
		}
		r.Log.Info("others registered first; asking for the price again", "attempt", attempt, "reason", err)
		if err := sleep(ctx, orDuration(r.Retry, time.Second)); err != nil {
			return Registered{}, err
		}
	}
}

func (r Registration) signer() sdk.AccAddress {
	if r.Signer == nil {
		return r.Hotkey
	}
	return r.Signer
}

func (r Registration) attempt(ctx context.Context) (Registered, error) {
	grant, err := r.Chain.FeeGrant(ctx, r.OwnerAddress, r.signer())
	if err != nil {
		return Registered{}, fmt.Errorf("ask for the hotkey's fee grant: %w", err)
	}
	var msgs []sdk.Msg
	out := Registered{Owner: r.OwnerAddress.String()}
	neuron, err := r.Chain.Neuron(ctx, r.Netuid, r.Hotkey.String())
	registered := err == nil
	switch {
	case registered && neuron.Owner != r.OwnerAddress.String():
		return Registered{}, fmt.Errorf("%w: %s is owned by %s, the key here is %s; use the right keyring, or another hotkey",
			subnettypes.ErrHotkeyOwned, r.Hotkey, neuron.Owner, r.OwnerAddress)
	case registered:
		out.UID = neuron.Uid
	case errors.Is(err, ErrNotRegistered):
		msg, err := r.message(ctx)
		if err != nil {
			return Registered{}, err
		}
		msgs = append(msgs, msg)
	default:
		return Registered{}, err
	}
	if nearlySpent(grant, r.FeeAllowance) {
		if grant.Exists {
			// The chain refuses a second grant beside the first.
			msgs = append(msgs, chain.RevokeFees(r.OwnerAddress, r.signer()))
		}
		limit := sdk.NewCoins(sdk.NewCoin(params.BaseDenom, sdkmath.NewIntFromUint64(r.FeeAllowance)))
		msg, err := chain.GrantFees(r.OwnerAddress, r.signer(), limit, nil)
		if err != nil {
			return Registered{}, err
		}
		msgs = append(msgs, msg)
		out.Granted = true
	}
	if len(msgs) == 0 {
		return out, nil
	}
	tx, err := r.Owner.Submit(ctx, msgs...)
	if errors.Is(err, chain.ErrInsufficientFunds) {
		return Registered{}, fmt.Errorf("%w: %w", ErrFunds, err)
	}
	if err != nil {
		return Registered{}, err
	}
	out.Hash = tx.Hash
	if registered {
		return out, nil
	}
	// The node may answer queries from the state before this block for a moment, so the transaction's own answer is read.
	var answer subnettypes.MsgRegisterResponse
	if err := chain.Response(tx, 0, &answer); err != nil {
		return Registered{}, fmt.Errorf("registered in transaction %s, but its answer cannot be read: %w", tx.Hash, err)
	}
	out.UID, out.Price = answer.Uid, answer.Price
	return out, nil
}

// nearlySpent says whether a grant should be made anew: less than a tenth of what a new one is for is left.
func nearlySpent(g FeeGrant, allowance uint64) bool { return !g.Exists || g.Left < allowance/10 }

// message asks for the price and refuses before a transaction is paid for.
func (r Registration) message(ctx context.Context) (*subnettypes.MsgRegister, error) {
	subnet, err := r.Chain.Subnet(ctx, r.Netuid)
	if err != nil {
		return nil, err
	}
	price := subnet.RegistrationPrice
	if r.MaxPrice > 0 && price > r.MaxPrice {
		return nil, fmt.Errorf("%w: subnet %d asks %s, --max-price is %s; wait until it has decayed, or raise the limit",
			ErrPrice, r.Netuid, amount(price), amount(r.MaxPrice))
	}
	balance, err := r.Chain.Balance(ctx, r.OwnerAddress.String())
	if err != nil {
		return nil, fmt.Errorf("ask for the owner's balance: %w", err)
	}
	if need := addSaturated(price, feeReserve); balance < need {
		return nil, fmt.Errorf("%w: registering in subnet %d costs %s and its fee, the owner %s has %s; send it at least %s more",
			ErrFunds, r.Netuid, amount(price), r.OwnerAddress, amount(balance), amount(need-balance))
	}
	limit := r.MaxPrice
	if limit == 0 {
		limit = addSaturated(price, price)
	}
	return &subnettypes.MsgRegister{Owner: r.OwnerAddress.String(), Hotkey: r.Hotkey.String(), Netuid: r.Netuid, MaxPrice: limit}, nil
}

// amount spells nagon for people.
func amount(n uint64) string {
	d := sdkmath.LegacyNewDecFromIntWithPrec(sdkmath.NewIntFromUint64(n), params.DisplayExponent).String()
	for len(d) > 1 && d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	if d[len(d)-1] == '.' {
		d = d[:len(d)-1]
	}
	return fmt.Sprintf("%s %s (%d%s)", d, params.DisplayDenom, n, params.BaseDenom)
}

func addSaturated(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

func orDuration(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
