package app

import (
	"fmt"

	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/core/address"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/std"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/agon-chain/agon/app/params"
)

// Encoding is how bytes become messages and back, for the chain and for every program that talks to it.
type Encoding struct {
	Codec             codec.Codec
	InterfaceRegistry codectypes.InterfaceRegistry
	TxConfig          client.TxConfig
	// Amino serves only hardware wallets and the few SDK types that still sign by it.
	Amino *codec.LegacyAmino

	AddressCodec          address.Codec
	ValidatorAddressCodec address.Codec
	ConsensusAddressCodec address.Codec
}

// newEncoding builds the codec without any module's types; the module manager registers them.
func newEncoding() (Encoding, error) {
	enc := Encoding{
		Amino:                 codec.NewLegacyAmino(),
		AddressCodec:          addresscodec.NewBech32Codec(params.Bech32Prefix),
		ValidatorAddressCodec: addresscodec.NewBech32Codec(params.Bech32PrefixValidator),
		ConsensusAddressCodec: addresscodec.NewBech32Codec(params.Bech32PrefixConsensus),
	}
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          enc.AddressCodec,
			ValidatorAddressCodec: enc.ValidatorAddressCodec,
		},
	})
	if err != nil {
		return Encoding{}, fmt.Errorf("interface registry: %w", err)
	}
	enc.InterfaceRegistry = registry
	enc.Codec = codec.NewProtoCodec(registry)
	enc.TxConfig, err = authtx.NewTxConfigWithOptions(enc.Codec, authtx.ConfigOptions{
		EnabledSignModes: authtx.DefaultSignModes,
		ProtoDecoder:     wholeTx(enc.Codec, authtx.DefaultTxDecoder(enc.Codec)),
		JSONDecoder:      wholeTx(enc.Codec, authtx.DefaultJSONTxDecoder(enc.Codec)),
	})
	if err != nil {
		return Encoding{}, fmt.Errorf("transaction config: %w", err)
	}
	std.RegisterInterfaces(registry)
	std.RegisterLegacyAminoCodec(enc.Amino)
	return enc, nil
}
