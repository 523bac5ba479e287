package chain

import (
	"fmt"

	"github.com/cosmos/gogoproto/proto"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/std"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/agon-chain/agon/app/params"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Encoding is how the messages that a daemon sends and the answers that it reads become bytes and back.
type Encoding struct {
	Registry codectypes.InterfaceRegistry
	Codec    *codec.ProtoCodec
	TxConfig client.TxConfig
}

// NewEncoding knows the messages of Agon's modules and of the few stock modules that daemons meet. It also sets the
// process-wide address prefix.
func NewEncoding() (Encoding, error) {
	params.ConfigureSDK()
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          address.NewBech32Codec(params.Bech32Prefix),
			ValidatorAddressCodec: address.NewBech32Codec(params.Bech32PrefixValidator),
		},
	})
	if err != nil {
		return Encoding{}, fmt.Errorf("interface registry: %w", err)
	}
	for _, register := range []func(codectypes.InterfaceRegistry){
		std.RegisterInterfaces,
		authtypes.RegisterInterfaces, banktypes.RegisterInterfaces, authz.RegisterInterfaces, feegrant.RegisterInterfaces,
		subnettypes.RegisterInterfaces, staketypes.RegisterInterfaces, scoringtypes.RegisterInterfaces, emissiontypes.RegisterInterfaces,
		crowdfundtypes.RegisterInterfaces,
		modeltypes.RegisterInterfaces,
		paymenttypes.RegisterInterfaces,
		disputetypes.RegisterInterfaces,
	} {
		register(registry)
	}
	cdc := codec.NewProtoCodec(registry)
	txConfig, err := authtx.NewTxConfigWithOptions(cdc, authtx.ConfigOptions{EnabledSignModes: authtx.DefaultSignModes})
	if err != nil {
		return Encoding{}, fmt.Errorf("transaction config: %w", err)
	}
	return Encoding{Registry: registry, Codec: cdc, TxConfig: txConfig}, nil
}
