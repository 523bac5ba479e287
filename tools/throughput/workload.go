package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	// subnets that are opened for commits and reveals; stake goes to the first.
	subnets = 8
	// neurons of each subnet, all of them validators.
	neurons = 256
	// weighed is how many neurons a row of weights names.
	weighed = 64
	// creationCost of a subnet, in nagon.
	creationCost = 20_000_000_000_000
	// tempo of the subnets, in blocks: an epoch has room for all commits or all reveals.
	tempo = 60
	// staked behind each hotkey in each subnet, in nagon.
	staked = 1_000_000_000
)

// Gas limits, a little above what the dearest of the kind uses.
const (
	gasSend     = 100_000
	gasStake    = 450_000
	gasTransfer = 500_000
	gasCommit   = 200_000
	gasReveal   = 400_000
	gasSetUp    = 2_000_000
)

// network is a chain under load: its node and who acts on it.
type network struct {
	*node
	signer
	holders []*account
	hotkeys []*account
}

// lanes deals the transactions of accounts to the workers, so that each account's stay in order.
func (w *network) lanes(accounts []*account, rounds int, gas uint64, message func(i, round int) sdk.Msg) ([][][]byte, error) {
	out := make([][][]byte, workers)
	for round := range rounds {
		for i, a := range accounts {
			tx, err := w.sign(a, gas, message(i, round))
			if err != nil {
				return nil, err
			}
			out[i%workers] = append(out[i%workers], tx)
		}
	}
	return out, nil
}

// load signs, then drives: signing is not what is measured.
func (w *network) load(ctx context.Context, accounts []*account, rounds int, gas uint64, message func(i, round int) sdk.Msg) (outcome, error) {
	txs, err := w.lanes(accounts, rounds, gas, message)
	if err != nil {
		return outcome{}, err
	}
	return drive(ctx, w.node, txs)
}

// sends are plain transfers from each holder to the next.
func (w *network) sends(ctx context.Context, txs int) (outcome, error) {
	coins := sdk.NewCoins(sdk.NewCoin(params.BaseDenom, math.NewInt(1)))
	return w.load(ctx, w.holders, txs/len(w.holders), gasSend, func(i, _ int) sdk.Msg {
		return banktypes.NewMsgSend(w.holders[i].address, w.holders[(i+1)%len(w.holders)].address, coins)
	})
}

// stakeAdds are purchases of subnet 1's token, behind all of its hotkeys in turn.
func (w *network) stakeAdds(ctx context.Context, txs int) (outcome, error) {
	return w.load(ctx, w.holders, txs/len(w.holders), gasStake, func(i, round int) sdk.Msg {
		return &staketypes.MsgAddStake{
			Owner: w.holders[i].address.String(), Hotkey: w.hotkeys[i%neurons].address.String(), Netuid: 1, Amount: staketypes.Agon(100_000_000),
		}
	})
}

// transfers give a part of each holder's stake to the next.
func (w *network) transfers(ctx context.Context, txs int) (outcome, error) {
	return w.load(ctx, w.holders, txs/len(w.holders), gasTransfer, func(i, _ int) sdk.Msg {
		return &staketypes.MsgTransferStake{
			Owner: w.holders[i].address.String(), Recipient: w.holders[(i+1)%len(w.holders)].address.String(),
			Hotkey: w.hotkeys[i%neurons].address.String(), Netuid: 1, Alpha: 1_000_000,
		}
	})
}

// row is what the i-th hotkey weighs.
func row(i int) []scoringtypes.Weight {
	out := make([]scoringtypes.Weight, weighed)
	for j := range out {
		out[j] = scoringtypes.Weight{Uid: uint32(j * (neurons / weighed)), Value: uint32(1 + (i*31+j*17)%65_535)}
	}
	return out
}

// salt is secret in earnest; here it need only be long enough.
var salt = make([]byte, scoringtypes.MinSalt)

// commits promise a row of each hotkey in each subnet.
func (w *network) commits(ctx context.Context, epochs []uint64) (outcome, error) {
	return w.load(ctx, w.hotkeys, subnets, gasCommit, func(i, s int) sdk.Msg {
		hash := exam.Commitment{
			Netuid: uint16(s + 1), Hotkey: w.hotkeys[i].address, Epoch: epochs[s], ReceiptsRoot: wire.EmptyMerkleRoot(),
			Weights: scoringtypes.ExamWeights(row(i)), Salt: salt,
		}.Hash()
		return &scoringtypes.MsgCommitWeights{Hotkey: w.hotkeys[i].address.String(), Netuid: uint32(s + 1), Epoch: epochs[s], Hash: hash[:]}
	})
}

// reveals keep the promises.
func (w *network) reveals(ctx context.Context, epochs []uint64) (outcome, error) {
	return w.load(ctx, w.hotkeys, subnets, gasReveal, func(i, s int) sdk.Msg {
		return &scoringtypes.MsgRevealWeights{
			Hotkey: w.hotkeys[i].address.String(), Netuid: uint32(s + 1), Epoch: epochs[s], Weights: row(i), Salt: salt,
		}
	})
}

// open makes and starts the subnets, registers every hotkey in each, and stakes behind it.
func (w *network) open(ctx context.Context, hyperparams subnettypes.Hyperparams) error {
	owner := w.holders[0]
	for s := range subnets {
		err := w.must(ctx, []*account{owner}, 1, func(int, int) sdk.Msg {
			return &subnettypes.MsgCreateSubnet{
				Owner: owner.address.String(), Identity: subnettypes.SubnetIdentity{Name: fmt.Sprintf("Load %d", s+1)}, Symbol: fmt.Sprintf("LOAD%d", s+1),
				TaskKind: "langid", Hyperparams: &hyperparams,
			}
		})
		if err != nil {
			return fmt.Errorf("open subnet %d: %w", s+1, err)
		}
	}
	// All in a block or two: freshEpochs waits for a time when every subnet is early in its epoch.
	err := w.must(ctx, []*account{owner}, subnets, func(_, s int) sdk.Msg {
		return &subnettypes.MsgStartSubnet{Owner: owner.address.String(), Netuid: uint32(s + 1)}
	})
	if err != nil {
		return fmt.Errorf("start the subnets: %w", err)
	}
	for s := range subnets {
		for from := 0; from < neurons; from += int(hyperparams.MaxRegistrationsPerBlock) {
			some := w.hotkeys[from:min(from+int(hyperparams.MaxRegistrationsPerBlock), neurons)]
			err := w.must(ctx, some, 1, func(i, _ int) sdk.Msg {
				a := some[i].address.String()
				return &subnettypes.MsgRegister{Owner: a, Hotkey: a, Netuid: uint32(s + 1)}
			})
			if err != nil {
				return fmt.Errorf("register in subnet %d: %w", s+1, err)
			}
		}
	}
	return w.must(ctx, w.hotkeys, subnets, func(i, s int) sdk.Msg {
		a := w.hotkeys[i].address.String()
		return &staketypes.MsgAddStake{Owner: a, Hotkey: a, Netuid: uint32(s + 1), Amount: staketypes.Agon(staked)}
	})
}

// must drives what prepares a measurement: every transaction has to succeed.
func (w *network) must(ctx context.Context, accounts []*account, rounds int, message func(i, round int) sdk.Msg) error {
	out, err := w.load(ctx, accounts, rounds, gasSetUp, message)
	if err == nil && out.Failed > 0 {
		err = fmt.Errorf("%d of %d failed: %s", out.Failed, out.Txs, out.FirstErr)
	}
	return err
}

// epochs asks for the running epoch of each subnet, and how many blocks the first to end still has.
func (w *network) epochs(ctx context.Context) (index []uint64, left int64, err error) {
	for s := range subnets {
		req := scoringtypes.QueryEpochRequest{Netuid: uint32(s + 1)}
		bz, err := req.Marshal()
		if err != nil {
			return nil, 0, err
		}
		r, err := w.rpc.ABCIQuery(ctx, "/agon.scoring.v1.Query/Epoch", bz)
		if err != nil {
			return nil, 0, err
		}
		if r.Response.Code != 0 {
			return nil, 0, errors.New(r.Response.Log)
		}
		var answer scoringtypes.QueryEpochResponse
		if err := answer.Unmarshal(r.Response.Value); err != nil {
			return nil, 0, err
		}
		index = append(index, answer.Epoch.Index)
		ends := answer.Epoch.DueAt - r.Response.Height
		if s == 0 || ends < left {
			left = ends
		}
	}
	return index, left, nil
}

// freshEpochs waits until every subnet is at the beginning of an epoch later than after.
func (w *network) freshEpochs(ctx context.Context, after []uint64) ([]uint64, error) {
	for {
		now, left, err := w.epochs(ctx)
		if err != nil {
			return nil, err
		}
		later := true
		for s := range after {
			later = later && now[s] == after[s]+1
		}
		if later && left > tempo*2/3 {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(300 * time.Millisecond):
		}
	}
}
