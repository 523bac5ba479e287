package main

import (
	"crypto/sha256"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
	paymentkeeper "github.com/agon-chain/agon/x/payment/keeper"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// txCost is what one transaction takes of a block.
type txCost struct {
	Bytes int   `json:"bytes"`
	Gas   int64 `json:"gas"`
}

// txGas is the limit of those that are measured; what they use is less.
const txGas = 60_000_000

// salt of every promise, as long as a daemon's.
var salt = []byte("thirty-two bytes of salt, all 32")

// transactions measures what the network's transactions weigh, in a subnet of full size with default rules but for a short tempo.
func transactions(dir string, s shape) (map[string]txCost, error) {
	s.Subnets, s.Tempo = 1, 20
	c, err := newChain(dir, 1)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.openSigned(s); err != nil {
		return nil, err
	}
	out := map[string]txCost{}
	deliver := func(name string, k key, msgs ...sdk.Msg) error {
		tx, err := c.sign(k, txGas, msgs...)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took, err := c.block(tx)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if r := took.txs[0]; r.Code != 0 {
			return fmt.Errorf("%s was refused: %s", name, r.Log)
		}
		out[name] = txCost{len(tx), took.txs[0].GasUsed}
		return nil
	}
	validator, miner := newSigner("hotkey", 0), newSigner("hotkey", s.Neurons-1)
	if err := deliver("send", validator, banktypes.NewMsgSend(validator.address, miner.address, sdk.NewCoins(params.Agon(1)))); err != nil {
		return nil, err
	}
	published, err := axon(s.Neurons - 1)
	if err != nil {
		return nil, err
	}
	published.Url += "/v1"                // the keys stay
	if _, err := c.begin(0); err != nil { // past axon_interval
		return nil, err
	}
	if err := deliver("axon", miner, &subnettypes.MsgServeAxon{Hotkey: miner.address.String(), Netuid: 1, Axon: published}); err != nil {
		return nil, err
	}
	if err := c.promiseAndReveal(s, validator, deliver); err != nil {
		return nil, err
	}
	claim, err := c.claim(validator, miner)
	if err != nil {
		return nil, err
	}
	return out, deliver("claim of 256", miner, claim)
}

// openSigned opens a subnet whose hotkeys sign, in a chain that has none.
func (c *chain) openSigned(s shape) error {
	h := s.rules()
	for from := 0; from < s.Neurons; from += int(h.MaxRegistrationsPerBlock) {
		err := c.write(func(ctx sdk.Context) error {
			if from == 0 {
				if _, err := c.open(ctx, h); err != nil {
					return err
				}
			}
			for i := from; i < min(from+int(h.MaxRegistrationsPerBlock), s.Neurons); i++ {
				hotkey := newSigner("hotkey", i).address
				if err := c.fund(ctx, hotkey, 1_000_000_000_000); err != nil {
					return err
				}
				a, err := axon(i)
				if err != nil {
					return err
				}
				if err := c.register(ctx, 1, newKey("coldkey", 1, i).address, hotkey, i, i < s.Validators, a); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// epoch is the running one of subnet 1.
func (c *chain) epoch() (scoringtypes.Epoch, error) {
	ctx := sdk.NewContext(c.CommitMultiStore().CacheMultiStore(), headerAt(c.height), false, c.Logger())
	return c.ScoringKeeper.EpochOf(ctx, 1)
}

// begin makes blocks until an epoch later than after runs.
func (c *chain) begin(after uint64) (scoringtypes.Epoch, error) {
	for {
		e, err := c.epoch()
		if err != nil || e.Index > after {
			return e, err
		}
		if _, err := c.block(); err != nil {
			return e, err
		}
	}
}

// promiseAndReveal commits a full row with the receipts that the defaults ask for, and keeps the promise in the next epoch.
func (c *chain) promiseAndReveal(s shape, k key, deliver func(string, key, ...sdk.Msg) error) error {
	e, err := c.begin(0)
	if err != nil {
		return err
	}
	h := s.rules()
	p := exam.Params{ReceiptsPerMiner: uint16(h.ExamReceipts), Openings: uint16(h.ExamOpenings)}
	row := s.row(0)
	examined, err := exam.Examined(scoringtypes.ExamWeights(row), 0)
	if err != nil {
		return err
	}
	var leaves []exam.Leaf
	for _, w := range row {
		signer, err := serviceKey(int(w.Uid))
		if err != nil {
			return err
		}
		for slot := range p.ReceiptsPerMiner {
			leaf, err := receipt(k.address, uint16(w.Uid), slot, e.Index, signer)
			if err != nil {
				return err
			}
			leaves = append(leaves, leaf)
		}
	}
	binding := exam.Binding{ChainIDHash: wire.ChainIDHash(chainID), Netuid: 1, Hotkey: k.address, Epoch: e.Index}
	tree, err := exam.Build(p, binding, examined, leaves)
	if err != nil {
		return err
	}
	root := tree.Root()
	hash := exam.Commitment{Netuid: 1, Hotkey: k.address, Epoch: e.Index, ReceiptsRoot: root, Weights: scoringtypes.ExamWeights(row), Salt: salt}.Hash()
	if err := deliver("commit", k, &scoringtypes.MsgCommitWeights{Hotkey: k.address.String(), Netuid: 1, Epoch: e.Index, Hash: hash[:]}); err != nil {
		return err
	}
	drawn := exam.Draw([32]byte(hashOf(c.height+1)), hash, p, examined)
	if _, err := c.begin(e.Index); err != nil {
		return err
	}
	shown, err := tree.Open(drawn)
	if err != nil {
		return err
	}
	reveal := &scoringtypes.MsgRevealWeights{Hotkey: k.address.String(), Netuid: 1, Epoch: e.Index, Weights: row, Salt: salt, ReceiptsRoot: root[:]}
	for _, o := range shown {
		reveal.Openings = append(reveal.Openings, scoringtypes.Opening{Index: o.Index, Leaf: o.Leaf, Path: o.Path})
	}
	return deliver("reveal", k, reveal)
}

// receipt is what a miner signs for a validator's question.
func receipt(validator sdk.AccAddress, uid, slot uint16, epoch uint64, key wire.ServiceKey) (exam.Leaf, error) {
	leaf := exam.Leaf{Nonce: wire.NewExaminerNonce(uid, slot)}
	question := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", epoch, uid, slot))
	copy(leaf.Nonce[4:], question[4:])
	leaf.Receipt = wire.Receipt{
		ChainIDHash: wire.ChainIDHash(chainID), Netuid: 1, QuestionHash: wire.BodyHash(question[:]), Status: 200,
		ReceivedAt: time.UnixMilli(1_000), FinishedAt: time.UnixMilli(2_000),
	}
	leaf.Receipt.Tag = wire.ExaminerTag(validator, 1, 0, epoch, leaf.Receipt.QuestionHash, leaf.Nonce)
	return leaf, leaf.Receipt.Sign(key)
}

// claim opens as many channels to a miner as one claim may settle, and claims from all of them.
func (c *chain) claim(payer, miner key) (*paymenttypes.MsgClaim, error) {
	seed := sha256.Sum256([]byte("capacity voucher"))
	voucherKey, err := wire.VoucherKeyFromSeed(seed[:])
	if err != nil {
		return nil, err
	}
	public := voucherKey.Public()
	out := &paymenttypes.MsgClaim{Payee: miner.address.String()}
	err = c.write(func(ctx sdk.Context) error {
		server := paymentkeeper.NewMsgServer(c.PaymentKeeper)
		const each = 1_000_000_000
		owner := payer.address.String()
		if _, err := server.Deposit(ctx, &paymenttypes.MsgDeposit{Sender: owner, Owner: owner, Amount: each * paymenttypes.MaxClaimItems}); err != nil {
			return err
		}
		for range paymenttypes.MaxClaimItems {
			r, err := server.OpenChannel(ctx, &paymenttypes.MsgOpenChannel{
				Signer: owner, Owner: owner, Netuid: 1, Payee: miner.address.String(), VoucherKey: public[:], Deposit: each, Blocks: 100_000,
			})
			if err != nil {
				return err
			}
			v := wire.Voucher{ChainIDHash: wire.ChainIDHash(chainID), Channel: r.Id, Cumulative: each / 2}
			if err := v.Sign(voucherKey); err != nil {
				return err
			}
			out.Items = append(out.Items, paymenttypes.ClaimItem{Channel: r.Id, Cumulative: v.Cumulative, Signature: v.Signature[:]})
		}
		return nil
	})
	return out, err
}
