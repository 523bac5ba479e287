package validator

import (
	"context"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// View is a subnet as it stood at one height.
type View struct {
	Metagraph *chain.Metagraph
	Subnet    subnettypes.Subnet
}

// Height of the view.
func (v *View) Height() int64 { return v.Metagraph.Height }

// Epoch that was running then.
func (v *View) Epoch() scoringtypes.Epoch { return v.Metagraph.Epoch }

// Has says whether the running epoch has a mechanism. One that an owner adds comes with the next epoch.
func (v *View) Has(mechanism uint8) bool { return uint32(mechanism) < v.Epoch().Mechanisms() }

// task are the parameters of the subnet's task, and what it asks of hardware beside them. Errors: [task.ErrBadParameters].
func (v *View) task() (string, task.Attestation, error) {
	return task.SplitAttestation(v.Subnet.TaskParams)
}

// ExamParams are what the subnet asks of weights that are committed now.
func (v *View) ExamParams() exam.Params {
	h := v.Subnet.Hyperparams
	return exam.Params{ReceiptsPerMiner: uint16(h.ExamReceipts), Openings: uint16(h.ExamOpenings)}
}

// Network is what the daemon reads of the chain. Methods are safe for concurrent use and may fail while the node is away.
type Network interface {
	// View is not older than the height asked for.
	View(ctx context.Context, atLeast int64) (*View, error)
	// Commits are the hotkey's in the mechanism that wait for their reveal.
	Commits(ctx context.Context) ([]scoringtypes.Commit, error)
	// Rows are the weights of the whole mechanism as last revealed.
	Rows(ctx context.Context) ([]scoringtypes.Row, error)
	// Balance of an account in nagon.
	Balance(ctx context.Context, address string) (sdk.Coin, error)
}

// Sender puts messages on the chain, in one transaction, and waits for the outcome.
type Sender interface {
	Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error)
	Address() sdk.AccAddress
}

// Heights gives the heights of the chain, the latest winning.
type Heights interface {
	Subscribe() <-chan int64
}

// Accounts are keys by name.
type Accounts interface {
	Ensure(name string) (created bool, mnemonic string, err error)
	Address(name string) (sdk.AccAddress, error)
	AccountSigner(name string) (wire.AccountKey, wire.AccountSigner, error)
}

// Self is who the validator is on the chain, and which mechanism of its subnet it judges in.
type Self struct {
	ChainID   string
	Netuid    uint16
	Mechanism uint8
	Hotkey    sdk.AccAddress
	// Key signs for the hotkey; nil where that is the hotkey's own.
	Key sdk.AccAddress
}

// Signer is the account that signs for the hotkey.
func (s Self) Signer() sdk.AccAddress {
	if s.Key == nil {
		return s.Hotkey
	}
	return s.Key
}

// Binding is what every receipt of one epoch must belong to.
func (s Self) Binding(epoch uint64) exam.Binding {
	return exam.Binding{ChainIDHash: wire.ChainIDHash(s.ChainID), Netuid: s.Netuid, Mechanism: s.Mechanism, Hotkey: s.Hotkey, Epoch: epoch}
}

// UID of the validator in a view. Errors: [ErrNotRegistered].
func (s Self) UID(v *View) (uint16, error) {
	uid, ok := v.Metagraph.UIDOf(s.Hotkey.String())
	if !ok {
		return 0, fmt.Errorf("%w: %s in subnet %d; run: agon-validator register --netuid %d", ErrNotRegistered, s.Hotkey, s.Netuid, s.Netuid)
	}
	return uid, nil
}
