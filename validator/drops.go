package validator

import (
	"context"
	"errors"
	"net"
	"syscall"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
)

// Why a question had no usable answer: few enough to be labels of a metric.
const (
	dropTimeout  = "timeout"
	dropRefused  = "refused"  // no connection
	dropStatus   = "status"   // a success other than 200
	dropPayment  = "payment"  // 402: the caller has too little, or the miner reckons otherwise
	dropUnpaid   = "unpaid"   // the caller could not pay: never counted
	dropBusy     = "busy"     // 429 or 503
	dropClient   = "http-4xx" // any other refusal
	dropServer   = "http-5xx" // any other failure
	dropReceipt  = "receipt"  // absent, or does not verify
	dropTooLarge = "too-large"
	dropAxon     = "axon" // what it serves on chain cannot be called
	dropCaller   = "caller"
	dropOther    = "other"
)

func dropReason(err error) string {
	if api, ok := errors.AsType[*wire.APIError](err); ok {
		switch {
		case api.Status == 402:
			return dropPayment
		case api.Status == 429 || api.Status == 503:
			return dropBusy
		case api.Status >= 500:
			return dropServer
		}
		return dropClient
	}
	if errors.Is(err, payer.ErrReckoning) || errors.Is(err, payer.ErrUnpaid) {
		return dropPayment
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return dropTimeout
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return dropTimeout
	case errors.Is(err, wire.ErrNoReceipt), errors.Is(err, wire.ErrReceipt), errors.Is(err, wire.ErrReceiptSignature), errors.Is(err, wire.ErrReceiptMismatch):
		return dropReceipt
	case errors.Is(err, wire.ErrReplyTooLarge):
		return dropTooLarge
	case errors.Is(err, wire.ErrTarget), errors.Is(err, wire.ErrCall):
		return dropAxon
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EHOSTUNREACH):
		return dropRefused
	}
	return dropOther
}
