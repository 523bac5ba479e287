package byzantine

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

const (
	// gas is what a transfer of the forge's declares, and enough for it.
	gas = 200_000
	// unpaidTxs is how many transfers without a fee a block gets.
	unpaidTxs = 1_000
)

// kind is one way to fill a block.
type kind struct {
	name   string
	lawful bool // honest validators accept it
	make   func(*forge, *scene) ([][]byte, error)
}

// kinds are all ways. More bytes than a block has room for are not among them: CometBFT checks that in the proposer itself, whose
// consensus stops there.
func kinds() []kind {
	return []kind{
		{name: "noise", make: (*forge).noise},
		{name: "nothing", make: (*forge).nothing},
		{name: "tiny", make: (*forge).tiny},
		{name: "heavy", make: (*forge).heavy},
		{name: "twice", make: (*forge).twice},
		{name: "again", make: (*forge).again},
		{name: "out-of-turn", make: (*forge).outOfTurn},
		{name: "unsigned", make: (*forge).unsigned},
		{name: "forged", make: (*forge).forged},
		{name: "theft", make: (*forge).theft},
		{name: "hidden", make: (*forge).hidden},
		{name: "silent", lawful: true, make: (*forge).silent},
		{name: "unpaid", lawful: true, make: (*forge).unpaid},
	}
}

// forge makes blocks of garbage, every kind once in an order left to chance, and again.
type forge struct {
	app    *app.App
	key    account
	chance *rand.Rand
	order  []kind // what is left of this turn

	mu   sync.Mutex
	seen []byte // a transaction of an earlier block
}

func newForge(a *app.App, key account, seed uint64) *forge {
	return &forge{app: a, key: key, chance: rand.New(rand.NewPCG(seed, 6))}
}

// scene is what the forge knows when it has to propose.
type scene struct {
	req      *abci.RequestPrepareProposal
	ctx      sdk.Context
	number   uint64
	sequence uint64
}

// next makes a block of the next kind.
func (f *forge) next(req *abci.RequestPrepareProposal) (kind, [][]byte, error) {
	if len(f.order) == 0 {
		f.order = kinds()
		f.chance.Shuffle(len(f.order), func(i, j int) { f.order[i], f.order[j] = f.order[j], f.order[i] })
	}
	k := f.order[0]
	f.order = f.order[1:]
	txs, err := f.fill(k, req)
	return k, txs, err
}

func (f *forge) fill(k kind, req *abci.RequestPrepareProposal) ([][]byte, error) {
	header := cmtproto.Header{ChainID: f.app.ChainID(), Height: req.Height, Time: req.Time}
	s := &scene{req: req, ctx: sdk.NewContext(f.app.CommitMultiStore().CacheMultiStore(), header, false, log.NewNopLogger())}
	own := f.app.AccountKeeper.GetAccount(s.ctx, f.key.address())
	if own == nil {
		return nil, fmt.Errorf("account %s is not on the chain", f.key.address())
	}
	s.number, s.sequence = own.GetAccountNumber(), own.GetSequence()
	return k.make(f, s)
}

// see remembers a transaction that is in a block.
func (f *forge) see(raw []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = raw
}

// transfer is the hostile validator's own, good in its turn, `ahead` transactions from now.
func (f *forge) transfer(s *scene, ahead, gas uint64, fee int64) ([]byte, error) {
	return f.key.sign(f.app, s.number, s.sequence+ahead, gas, fee, f.toSelf(f.key.address()))
}

func (f *forge) toSelf(from sdk.AccAddress) sdk.Msg {
	return banktypes.NewMsgSend(from, f.key.address(), sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, 1)))
}

// good are n transfers in their order.
func (f *forge) good(s *scene, n int, gas uint64, fee int64) ([][]byte, error) {
	txs := make([][]byte, n)
	for i := range txs {
		var err error
		if txs[i], err = f.transfer(s, uint64(i), gas, fee); err != nil {
			return nil, err
		}
	}
	return txs, nil
}

// noise is bytes that are no transactions, and not even one message of protobuf.
func (f *forge) noise(*scene) ([][]byte, error) {
	txs := make([][]byte, 1+f.chance.IntN(200))
	for i := range txs {
		txs[i] = make([]byte, 1+f.chance.IntN(1_000))
		for j := range txs[i] {
			txs[i][j] = byte(f.chance.Uint32())
		}
		txs[i][0] |= 7 // no wire type of protobuf
	}
	return txs, nil
}

// nothing is transactions of no bytes.
func (f *forge) nothing(*scene) ([][]byte, error) {
	return make([][]byte, 1+f.chance.IntN(1_000)), nil
}

// tiny is as many of the smallest transactions that can be read as a block has room for. They declare no gas and have no message.
func (f *forge) tiny(s *scene) ([][]byte, error) {
	authInfo, err := (&tx.AuthInfo{Fee: &tx.Fee{}}).Marshal()
	if err != nil {
		return nil, err
	}
	var txs [][]byte
	for room := s.req.MaxTxBytes; ; {
		body, err := (&tx.TxBody{Memo: strconv.Itoa(len(txs))}).Marshal()
		if err != nil {
			return nil, err
		}
		raw, err := (&tx.TxRaw{BodyBytes: body, AuthInfoBytes: authInfo}).Marshal()
		if err != nil {
			return nil, err
		}
		if room -= cmttypes.ComputeProtoSizeForTxs([]cmttypes.Tx{raw}); room < 0 {
			return txs, nil
		}
		txs = append(txs, raw)
	}
}

// heavy asks for more gas together than a block has.
func (f *forge) heavy(s *scene) ([][]byte, error) { return f.good(s, 2, app.MaxBlockGas*3/5, 0) }

// twice is one transaction two times.
func (f *forge) twice(s *scene) ([][]byte, error) {
	txs, err := f.good(s, 1, gas, 0)
	return append(txs, txs...), err
}

// again is a transaction that an earlier block has.
func (f *forge) again(s *scene) ([][]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		return f.twice(s)
	}
	return [][]byte{f.seen}, nil
}

// outOfTurn is good transactions, backwards.
func (f *forge) outOfTurn(s *scene) ([][]byte, error) {
	txs, err := f.good(s, 2+f.chance.IntN(20), gas, 0)
	slices.Reverse(txs)
	return txs, err
}

// unsigned leaves the signature out, or empty.
func (f *forge) unsigned(s *scene) ([][]byte, error) {
	return f.changed(s, func(raw *tx.TxRaw) {
		raw.Signatures = nil
		if f.chance.IntN(2) == 0 {
			raw.Signatures = [][]byte{{}}
		}
	})
}

// forged changes a bit of the signature.
func (f *forge) forged(s *scene) ([][]byte, error) {
	return f.changed(s, func(raw *tx.TxRaw) { raw.Signatures[0][f.chance.IntN(len(raw.Signatures[0]))] ^= 1 << f.chance.IntN(8) })
}

// changed is a good transaction and after it one that was good.
func (f *forge) changed(s *scene, change func(*tx.TxRaw)) ([][]byte, error) {
	txs, err := f.good(s, 2, gas, 0)
	if err != nil {
		return nil, err
	}
	var parts tx.TxRaw
	if err := parts.Unmarshal(txs[1]); err != nil {
		return nil, err
	}
	change(&parts)
	txs[1], err = parts.Marshal()
	return txs, err
}

// theft moves the coins of another validator's account, signed by the thief.
func (f *forge) theft(s *scene) ([][]byte, error) {
	validators, err := f.app.StakingKeeper.GetAllValidators(s.ctx)
	if err != nil {
		return nil, err
	}
	var txs [][]byte
	for _, v := range validators {
		operator, err := sdk.ValAddressFromBech32(v.OperatorAddress)
		if err != nil {
			return nil, err
		}
		victim := f.app.AccountKeeper.GetAccount(s.ctx, sdk.AccAddress(operator))
		if victim == nil || victim.GetAddress().Equals(f.key.address()) {
			continue
		}
		raw, err := f.key.sign(f.app, victim.GetAccountNumber(), victim.GetSequence(), gas, 0, f.toSelf(victim.GetAddress()))
		if err != nil {
			return nil, err
		}
		txs = append(txs, raw)
	}
	if len(txs) == 0 {
		return f.unsigned(s)
	}
	return txs, nil
}

// hidden is a full row of good ones with one bad behind them.
func (f *forge) hidden(s *scene) ([][]byte, error) {
	txs, err := f.good(s, unpaidTxs, gas, 0)
	return append(txs, binary.BigEndian.AppendUint64([]byte{0xff}, f.chance.Uint64())), err
}

// silent keeps everybody's transactions out.
func (f *forge) silent(*scene) ([][]byte, error) { return nil, nil }

// unpaid are many of its own, signed and in order, for which it pays nothing: what a transaction costs at least is each node's own to ask.
func (f *forge) unpaid(s *scene) ([][]byte, error) { return f.good(s, unpaidTxs, gas, 0) }
