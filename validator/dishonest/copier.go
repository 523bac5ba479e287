package dishonest

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// Copier asks nobody. It commits to the mean of what the others last revealed, weighted by stake, under receipts that it wrote
// itself: correct in everything but that no miner signed them.
type Copier struct{}

// Name implements validator.Strategy.
func (Copier) Name() string { return validator.BehaviourCopier }

// Targets implements validator.Strategy.
func (Copier) Targets([]chain.Neuron) []chain.Neuron { return nil }

// Row implements validator.Strategy.
func (Copier) Row(ctx context.Context, r validator.RowRequest) (validator.Row, error) {
	rows, err := r.Network.Rows(ctx)
	if err != nil {
		return validator.Row{}, err
	}
	sums := make([]float64, len(r.View.Metagraph.Neurons))
	for _, row := range rows {
		judge, ok := r.View.Metagraph.Neuron(uint16(row.Uid))
		if !ok || judge.UID == r.UID {
			continue
		}
		var total float64
		for _, e := range row.Entries {
			total += float64(e.Value)
		}
		for _, e := range row.Entries {
			if total > 0 && int(e.Uid) < len(sums) && uint16(e.Uid) != r.UID {
				sums[e.Uid] += float64(judge.Stake) * float64(e.Value) / total
			}
		}
	}
	uids := make([]uint16, len(sums))
	for i := range uids {
		uids[i] = uint16(i)
	}
	var out validator.Row
	key := wire.NewServiceKey()
	for _, w := range task.QuantizeWeights(uids, sums) {
		out.Weights = append(out.Weights, exam.Weight{UID: w.UID, Value: w.Value})
		for slot := range r.Params.ReceiptsPerMiner {
			leaf, err := forge(r, key, w.UID, slot)
			if err != nil {
				return validator.Row{}, err
			}
			out.Leaves = append(out.Leaves, leaf)
		}
	}
	return out, nil
}

// forge writes a receipt that fits its place and is signed by a key that no miner registered.
func forge(r validator.RowRequest, key wire.ServiceKey, uid, slot uint16) (exam.Leaf, error) {
	leaf := exam.Leaf{Nonce: wire.NewExaminerNonce(uid, slot)}
	now := time.UnixMilli(time.Now().UnixMilli())
	leaf.Receipt = wire.Receipt{ChainIDHash: r.Binding.ChainIDHash, Netuid: r.Binding.Netuid, Status: 200, ReceivedAt: now, FinishedAt: now}
	for _, h := range []*wire.Hash{&leaf.Receipt.QuestionHash, &leaf.Receipt.RequestHash, &leaf.Receipt.ResponseHash} {
		rand.Read(h[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program instead
	}
	leaf.Receipt.Tag = wire.ExaminerTag(r.Binding.Hotkey, r.Binding.Netuid, r.Binding.Mechanism, r.Binding.Epoch, leaf.Receipt.QuestionHash, leaf.Nonce)
	err := leaf.Receipt.Sign(key)
	return leaf, err
}
