package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/payment/split"
)

// Bounds of the module's parameters and fields.
const (
	// MaxAmount bounds every amount: no more AGON than this ever exists, in nagon.
	MaxAmount = curve.Cap
	// MaxPrice bounds each number of a price: a million AGON, in nagon. A call of any size stays far below what 64 bits hold.
	MaxPrice = 1_000_000_000_000_000
	// MaxOperators bounds an account's operators: each signature is looked up among them.
	MaxOperators = 8
	// MaxClaimItems bounds the vouchers of a claim: a transaction that verifies more would crowd out others.
	MaxClaimItems = 256
	// MaxChannelBlocksBound bounds max_channel_blocks: about six years.
	MaxChannelBlocksBound = 100_000_000
	// MaxDelay bounds withdraw_delay, sweep_grace and refund_period, in blocks: for so long money is stuck.
	MaxDelay = 10_000_000
	// MaxChannelsBound bounds max_channels.
	MaxChannelsBound = 1_000_000
	// MaxShareBps bounds each part that is not the miner's, in basis points: who serves keeps most.
	MaxShareBps = 1_500
	// BucketBlocks is how many blocks a sum of claims covers: an hour. It is part of the state's format and never changes.
	BucketBlocks = 1_800
	// MaxRefundWindow bounds refund_window: a refund reads a sum for each bucket of it. So many sums of MaxAmount fit into 64 bits.
	MaxRefundWindow = 720 * BucketBlocks
	// CaseRoom is how many blocks sums are kept beyond what a refund asks for, because a case takes time too: more than two days.
	CaseRoom = 100_000
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		MinDeposit: 10_000_000, MaxChannelBlocks: 3_888_000, WithdrawDelay: 43_200, SweepGrace: 302_400, MaxChannels: 10_000,
		ModelBps: 500, SubnetBps: 200, ProtocolBps: 100,
		RefundWindow: 302_400, RefundPeriod: 1_296_000,
	}
}

// Validate reports the first parameter out of bounds. Errors: ErrInvalidParams.
func (p Params) Validate() error { return check(ErrInvalidParams, p.bounds()) }

// bound is one number with the range it must lie in, both ends included.
type bound struct {
	name               string
	value, least, most uint64
}

func check(kind *errorsmod.Error, bounds []bound) error {
	for _, f := range bounds {
		if f.value < f.least || f.value > f.most {
			return errorsmod.Wrapf(kind, "%s is %d, want %d to %d", f.name, f.value, f.least, f.most)
		}
	}
	return nil
}

func (p Params) bounds() []bound {
	return []bound{
		{"min_deposit", p.MinDeposit, 1, MaxPrice},
		{"max_channel_blocks", p.MaxChannelBlocks, 1, MaxChannelBlocksBound},
		{"withdraw_delay", p.WithdrawDelay, 1, MaxDelay},
		{"sweep_grace", p.SweepGrace, 1, MaxDelay},
		{"max_channels", uint64(p.MaxChannels), 1, MaxChannelsBound},
		{"model_bps", uint64(p.ModelBps), 0, MaxShareBps},
		{"subnet_bps", uint64(p.SubnetBps), 0, MaxShareBps},
		{"protocol_bps", uint64(p.ProtocolBps), 0, MaxShareBps},
		{"refund_window", p.RefundWindow, BucketBlocks, MaxRefundWindow},
		{"refund_period", p.RefundPeriod, 1, MaxDelay},
	}
}

// TermsOf are those of a channel that is opened now. Without a version the model's part is the miner's.
func (p Params) TermsOf(version uint64) Terms {
	t := Terms{WithdrawDelay: p.WithdrawDelay, SweepGrace: p.SweepGrace, SubnetBps: p.SubnetBps, ProtocolBps: p.ProtocolBps}
	if version != 0 {
		t.ModelBps = p.ModelBps
	}
	t.MinerBps = split.Whole - t.ModelBps - t.SubnetBps - t.ProtocolBps
	return t
}

// Kept is how many blocks what was claimed is remembered, for refunds.
func (p Params) Kept() uint64 { return p.RefundWindow + p.RefundPeriod + CaseRoom }

// Bucket is the one that a height falls into.
func Bucket(height int64) uint64 { return uint64(max(height, 0)) / BucketBlocks }
