package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway/body"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/wire"
)

// statusGone counts calls whose caller left; nobody reads it.
const statusGone = 499

// errAnswer says that a miner's answer is none of its task.
var errAnswer = errors.New("malformed answer of a miner")

func refuse(status int, code, param, message string) error {
	return wire.NewAPIError(status, code, param, message)
}

// explain is what a caller is told of an error. What a miner's failure was in detail stays in the log: it names addresses.
func explain(err error) *wire.APIError {
	if r, ok := errors.AsType[*keys.Refusal](err); ok {
		return r.API()
	}
	text := err.Error()
	switch {
	case errors.Is(err, body.ErrMalformed):
		return wire.NewAPIError(http.StatusBadRequest, "invalid_json", "", text)
	case errors.Is(err, route.ErrModel):
		return wire.NewAPIError(http.StatusBadRequest, "invalid_routing", "model", text)
	case errors.Is(err, route.ErrUnknown):
		return wire.NewAPIError(http.StatusNotFound, "model_not_found", "model", text)
	case errors.Is(err, route.ErrNotServed):
		return wire.NewAPIError(http.StatusNotFound, "version_not_served", "model", text)
	case errors.Is(err, route.ErrFiltered):
		return wire.NewAPIError(http.StatusNotFound, "no_miner_allowed", "provider", text)
	case errors.Is(err, route.ErrUnhealthy):
		return wire.NewAPIError(http.StatusServiceUnavailable, "no_healthy_miner", "", text)
	case errors.Is(err, directory.ErrNoView):
		return wire.NewAPIError(http.StatusServiceUnavailable, "starting", "", "the gateway has not read the chain yet; try again in a moment")
	case errors.Is(err, payer.ErrTooDear):
		return wire.NewAPIError(http.StatusPaymentRequired, "price_too_high", "max_tokens", "the call may cost more than is allowed; lower max_tokens, or raise provider.max_price")
	case errors.Is(err, payer.ErrBudget), errors.Is(err, payer.ErrFunds), errors.Is(err, payer.ErrChannel), errors.Is(err, payer.ErrLedger), errors.Is(err, payer.ErrClosed):
		return wire.NewAPIError(http.StatusServiceUnavailable, "gateway_cannot_pay", "", "the gateway cannot pay a miner now; its operator sees why in the log")
	case errors.Is(err, upstream.ErrWrongVersion):
		return wire.NewAPIError(http.StatusBadGateway, "wrong_version_answered", "model", "a miner answered with another version than was asked for; its answer was not passed on, or must not be used")
	case errors.Is(err, wire.ErrNoReceipt), errors.Is(err, wire.ErrReceipt), errors.Is(err, wire.ErrReceiptSignature), errors.Is(err, wire.ErrReceiptMismatch):
		return wire.NewAPIError(http.StatusBadGateway, "receipt_invalid", "", "a miner's answer had no valid receipt")
	case errors.Is(err, errAnswer):
		return wire.NewAPIError(http.StatusBadGateway, "malformed_answer", "", "a miner's answer cannot be read; try again")
	case errors.Is(err, wire.ErrTruncated):
		return wire.NewAPIError(http.StatusBadGateway, "stream_truncated", "", "the miner's stream ended before its signed end; what came is not all")
	}
	api, ok := errors.AsType[*wire.APIError](err)
	if !ok {
		if errors.Is(err, context.DeadlineExceeded) {
			return wire.NewAPIError(http.StatusGatewayTimeout, "timeout", "", "no miner answered in time; try again")
		}
		return wire.NewAPIError(http.StatusBadGateway, "miner_unreachable", "", "no miner could be reached; try again")
	}
	out := *api
	switch api.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired, http.StatusMisdirectedRequest, http.StatusConflict:
		// These are about the gateway's own account or signature, and would read as the caller's.
		if api.Code == nil || !own[*api.Code] {
			return wire.NewAPIError(http.StatusBadGateway, "miner_refused", "", "a miner refused the gateway's call: "+api.Message)
		}
	case http.StatusTooManyRequests:
		return wire.NewAPIError(http.StatusServiceUnavailable, "overloaded", "", "all miners that could answer have too much to do; try again later")
	}
	return &out
}

// own are codes that this package makes with statuses that miners use for something else.
var own = map[string]bool{"missing_api_key": true}

// fail answers with an error.
func (c *call) fail(err error) {
	api := explain(err)
	c.status, c.code = api.Status, codeOf(api, err)
	if c.r.Context().Err() != nil && !errors.Is(err, context.DeadlineExceeded) {
		c.status, c.code = statusGone, "caller_gone"
	}
	if api.Status >= http.StatusInternalServerError && c.status != statusGone {
		c.a.o.Log.Warn("call failed", "request_id", c.id, "code", c.code, "error", logged(err))
	}
	h := c.w.Header()
	var wait time.Duration
	if r, ok := errors.AsType[*keys.Refusal](err); ok {
		wait = r.RetryAfter
	} else if api.Status == http.StatusServiceUnavailable || api.Status == http.StatusTooManyRequests {
		wait = time.Second
	}
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	api.Write(c.w)
}

// codeOf is an error's code for log and trace. A miner may put anything into one, the question itself too: of a miner's, those of this list are taken.
func codeOf(api *wire.APIError, err error) string {
	if api.Code == nil {
		return "none"
	}
	if ofMiner(err) {
		for _, said := range spokenBy(err) {
			if said.Code != nil && *said.Code == *api.Code {
				return minersCode(said)
			}
		}
	}
	return *api.Code
}

func minersCode(said *wire.APIError) string {
	switch {
	case said.Code == nil:
		return "none"
	case !miners[*said.Code]:
		return "other"
	}
	return *said.Code
}

// miners are codes that come from miners and are passed on as they are.
var miners = map[string]bool{
	"internal_error": true, "invalid_request": true, "model_not_served": true, "timeout": true, "overloaded": true, "starting": true, "chain_unavailable": true,
	"book_unavailable": true, "body_too_large": true, "incomplete_body": true, "unknown_route": true, "unsupported_content_type": true, "bad_sealed_body": true,
}

func ofMiner(err error) bool {
	_, ok := errors.AsType[*upstream.Failure](err)
	return ok
}

// logged is an error for the log: on one line, and of what a miner said no more than status and code. Its words may repeat what it was asked.
func logged(err error) string {
	text := err.Error()
	if ofMiner(err) {
		for _, said := range spokenBy(err) {
			text = strings.ReplaceAll(text, said.Error(), fmt.Sprintf("HTTP %d %s", said.Status, minersCode(said)))
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

// spokenBy finds all that miners said in an error.
func spokenBy(err error) []*wire.APIError {
	var out []*wire.APIError
	if said, ok := err.(*wire.APIError); ok { //nolint:errorlint // the tree is walked here
		out = append(out, said)
	}
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			out = append(out, spokenBy(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			out = append(out, spokenBy(inner)...)
		}
	}
	return out
}
