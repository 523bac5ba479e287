package types

import (
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces makes the module's messages known to the codec.
func RegisterInterfaces(r codectypes.InterfaceRegistry) {
	r.RegisterImplementations(
		(*sdk.Msg)(nil),
		&MsgDeposit{},
		&MsgWithdraw{},
		&MsgSetOperators{},
		&MsgOpenChannel{},
		&MsgTopUp{},
		&MsgRequestWithdrawal{},
		&MsgFinishWithdrawal{},
		&MsgClaim{},
		&MsgCloseChannel{},
		&MsgSweep{},
		&MsgSetPrice{},
		&MsgClaimRefund{},
		&MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(r, &_Msg_serviceDesc)
}
