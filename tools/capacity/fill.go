package main

import (
	"context"
	"crypto/sha256"
	"fmt"

	"cosmossdk.io/math"

	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/wire"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// key is an account of the generator.
type key struct {
	private *secp256k1.PrivKey // nil for who signs nothing
	address sdk.AccAddress
}

// newKey is the i-th account of a kind in a subnet, the same in every run.
func newKey(kind string, netuid uint32, i int) key {
	params.ConfigureSDK()
	sum := sha256.Sum256(fmt.Appendf(nil, "capacity %s %d %d", kind, netuid, i))
	return key{address: sdk.AccAddress(sum[:20])}
}

// newSigner is the i-th account of a kind that signs.
func newSigner(kind string, i int) key {
	private := secp256k1.GenPrivKeyFromSecret(fmt.Appendf(nil, "capacity %s %d", kind, i))
	return key{private, sdk.AccAddress(private.PubKey().Address())}
}

// serviceKey is the key with which the i-th miner signs receipts.
func serviceKey(i int) (wire.ServiceKey, error) {
	seed := sha256.Sum256(fmt.Appendf(nil, "capacity service %d", i))
	return wire.ServiceKeyFromSeed(seed[:])
}

// shape is how large the chain is.
type shape struct {
	Subnets    int   `json:"subnets"`
	Neurons    int   `json:"neurons"`
	Validators int   `json:"validators"`
	Tempo      int64 `json:"tempo"`
	Nodes      int   `json:"nodes"`
}

// rules of the subnets: the defaults, but for as many neurons as are wanted at once.
func (s shape) rules() subnettypes.Hyperparams {
	h := subnettypes.DefaultHyperparams()
	h.Tempo, h.MaxNeurons, h.MaxValidators = uint64(s.Tempo), uint32(s.Neurons), uint32(s.Validators)
	h.MaxRegistrationsPerBlock, h.ImmunityPeriod = 64, 0
	h.MinRegistrationPrice, h.MaxRegistrationPrice = 1_000_000, 1_000_000
	return h
}

// fund mints coins for an account.
func (c *chain) fund(ctx sdk.Context, to sdk.AccAddress, nagon uint64) error {
	coins := sdk.NewCoins(sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(nagon)))
	if err := c.BankKeeper.MintCoins(ctx, emissiontypes.ModuleName, coins); err != nil {
		return err
	}
	return c.BankKeeper.SendCoinsFromModuleToAccount(ctx, emissiontypes.ModuleName, to, coins)
}

// open creates and starts a subnet of an owner of its own.
func (c *chain) open(ctx sdk.Context, h subnettypes.Hyperparams) (uint32, error) {
	price, err := c.SubnetKeeper.CreationCost(ctx)
	if err != nil {
		return 0, err
	}
	owner := newKey("owner", 0, int(price%1000)).address
	if err := c.fund(ctx, owner, price); err != nil {
		return 0, err
	}
	server := subnetkeeper.NewMsgServer(c.SubnetKeeper)
	res, err := server.CreateSubnet(ctx, &subnettypes.MsgCreateSubnet{
		Owner: owner.String(), Identity: subnettypes.SubnetIdentity{Name: "capacity"}, Symbol: "CAP", TaskKind: "langid", Hyperparams: &h,
	})
	if err != nil {
		return 0, err
	}
	_, err = server.StartSubnet(ctx, &subnettypes.MsgStartSubnet{Owner: owner.String(), Netuid: res.Netuid})
	return res.Netuid, err
}

// axon is what the i-th miner publishes.
func axon(i int) (subnettypes.Axon, error) {
	service, err := serviceKey(i)
	if err != nil {
		return subnettypes.Axon{}, err
	}
	public := service.Public()
	return subnettypes.Axon{
		Url: fmt.Sprintf("http://203.0.113.%d:8091", i%256), ServiceKey: public[:], SealingKey: make([]byte, subnettypes.SealingKeySize), Region: "eu-central",
		Hardware: subnettypes.Hardware{Kind: "gpu", Model: "NVIDIA H100 80GB HBM3", Count: 8},
	}, nil
}

// staked is what each validator has behind it, in base units of its subnet's token.
const staked = 1_000_000_000_000

// register gives an owner's hotkey a uid with an axon, and stake if it is a validator.
func (c *chain) register(ctx sdk.Context, netuid uint32, owner, hotkey sdk.AccAddress, i int, stake bool, a subnettypes.Axon) error {
	price, err := c.SubnetKeeper.RegistrationPrice(ctx, netuid)
	if err != nil {
		return err
	}
	if err := c.fund(ctx, owner, price); err != nil {
		return err
	}
	server := subnetkeeper.NewMsgServer(c.SubnetKeeper)
	if _, err := server.Register(ctx, &subnettypes.MsgRegister{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid}); err != nil {
		return err
	}
	if _, err := server.ServeAxon(ctx, &subnettypes.MsgServeAxon{Hotkey: hotkey.String(), Netuid: netuid, Axon: a}); err != nil {
		return err
	}
	if !stake {
		return nil
	}
	if err := c.StakeKeeper.PayToken(ctx, netuid, owner, staked+uint64(i)); err != nil {
		return err
	}
	_, err = stakekeeper.NewMsgServer(c.StakeKeeper).AddStake(ctx, &staketypes.MsgAddStake{
		Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: staketypes.Alpha(netuid, staked+uint64(i)),
	})
	return err
}

// fill opens the subnets, with neurons of owners of their own.
func (c *chain) fill(s shape, progress func(string, ...any)) error {
	h := s.rules()
	h.CommitReveal, h.ExamReceipts, h.ExamOpenings, h.WeightsInterval = false, 0, 0, 0
	axons := make([]subnettypes.Axon, s.Neurons)
	for i := range axons {
		var err error
		if axons[i], err = axon(i); err != nil {
			return err
		}
	}
	const together = 32 // subnets in one commit
	for first := 0; first < s.Subnets; first += together {
		var ids []uint32
		for from := 0; from < s.Neurons; from += int(h.MaxRegistrationsPerBlock) {
			err := c.write(func(ctx sdk.Context) error {
				for range min(together, s.Subnets-first) {
					if from > 0 {
						break
					}
					id, err := c.open(ctx, h)
					if err != nil {
						return err
					}
					ids = append(ids, id)
				}
				for _, id := range ids {
					// Each with events of its own: nobody reads them.
					ctx := ctx.WithEventManager(sdk.NewEventManager())
					for i := from; i < min(from+int(h.MaxRegistrationsPerBlock), s.Neurons); i++ {
						if err := c.register(ctx, id, newKey("coldkey", id, i).address, newKey("hotkey", id, i).address, i, i < s.Validators, axons[i]); err != nil {
							return fmt.Errorf("neuron %d of subnet %d: %w", i, id, err)
						}
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		progress("%d of %d subnets filled", first+len(ids), s.Subnets)
	}
	return nil
}

// row is what the i-th validator weighs: all who are no validators.
func (s shape) row(i int) []scoringtypes.Weight {
	var out []scoringtypes.Weight
	for uid := s.Validators; uid < s.Neurons; uid++ {
		out = append(out, scoringtypes.Weight{Uid: uint32(uid), Value: uint32(1 + (uid*7919+i*104729)%65535)})
	}
	return out
}

// judge gives each validator of each subnet a row of weights.
func (c *chain) judge(s shape) error {
	server := scoringkeeper.NewMsgServer(c.ScoringKeeper)
	return c.write(func(ctx sdk.Context) error {
		for id := uint32(1); id <= uint32(s.Subnets); id++ {
			ctx := ctx.WithEventManager(sdk.NewEventManager())
			for i := range s.Validators {
				_, err := server.SetWeights(ctx, &scoringtypes.MsgSetWeights{Hotkey: newKey("hotkey", id, i).address.String(), Netuid: id, Weights: s.row(i)})
				if err != nil {
					return fmt.Errorf("weights of %d in subnet %d: %w", i, id, err)
				}
			}
		}
		return nil
	})
}

// sign packs messages into the account's next transaction.
func (c *chain) sign(k key, gas uint64, msgs ...sdk.Msg) ([]byte, error) {
	ctx := sdk.NewContext(c.CommitMultiStore().CacheMultiStore(), headerAt(c.height), false, c.Logger())
	account := c.AccountKeeper.GetAccount(ctx, k.address)
	if account == nil {
		return nil, fmt.Errorf("no account %s", k.address)
	}
	config := c.Encoding().TxConfig
	builder := config.NewTxBuilder()
	if err := builder.SetMsgs(msgs...); err != nil {
		return nil, err
	}
	builder.SetGasLimit(gas)
	builder.SetFeeAmount(sdk.NewCoins(sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(gas))))
	const mode = signing.SignMode_SIGN_MODE_DIRECT
	signed := signing.SignatureV2{PubKey: k.private.PubKey(), Sequence: account.GetSequence(), Data: &signing.SingleSignatureData{SignMode: mode}}
	if err := builder.SetSignatures(signed); err != nil {
		return nil, err
	}
	signature, err := clienttx.SignWithPrivKey(context.Background(), mode, authsigning.SignerData{
		Address: k.address.String(), ChainID: chainID, AccountNumber: account.GetAccountNumber(), Sequence: account.GetSequence(), PubKey: k.private.PubKey(),
	}, builder, k.private, config, account.GetSequence())
	if err != nil {
		return nil, err
	}
	if err := builder.SetSignatures(signature); err != nil {
		return nil, err
	}
	return config.TxEncoder()(builder.GetTx())
}
