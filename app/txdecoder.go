package app

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"
)

// wholeTx decodes by next and refuses a transaction whose parts the SDK reads without asking whether they are there or can be read: a nil
// fee and a granter that is no address both panic in the accessors that the checks call first.
func wholeTx(cdc codec.Codec, next sdk.TxDecoder) sdk.TxDecoder {
	return func(raw []byte) (sdk.Tx, error) {
		decoded, err := next(raw)
		if err != nil {
			return nil, err
		}
		parts, ok := decoded.(interface{ GetProtoTx() *tx.Tx })
		if !ok {
			return nil, errorsmod.Wrapf(sdkerrors.ErrTxDecode, "%T does not show its parts", decoded)
		}
		if err := checkParts(cdc, parts.GetProtoTx()); err != nil {
			return nil, errorsmod.Wrap(sdkerrors.ErrTxDecode, err.Error())
		}
		return decoded, nil
	}
}

func checkParts(cdc codec.Codec, t *tx.Tx) error {
	switch {
	case t.GetBody() == nil:
		return errorsmod.Wrap(sdkerrors.ErrInvalidRequest, "body is missing; put the messages there")
	case t.GetAuthInfo().GetFee() == nil:
		return errorsmod.Wrap(sdkerrors.ErrInvalidRequest, "auth_info.fee is missing; name a gas_limit there, and an amount where the node asks for one")
	}
	fee := t.AuthInfo.Fee
	for _, field := range []struct{ name, address string }{{"payer", fee.Payer}, {"granter", fee.Granter}} {
		if field.address == "" {
			continue
		}
		if _, err := cdc.InterfaceRegistry().SigningContext().AddressCodec().StringToBytes(field.address); err != nil {
			return errorsmod.Wrapf(sdkerrors.ErrInvalidAddress, "auth_info.fee.%s %q: %s; leave it empty or name an account", field.name, field.address, err)
		}
	}
	return nil
}
