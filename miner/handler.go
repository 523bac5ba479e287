package miner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

const contentTypeJSON = "application/json"

// handler answers the task's route.
type handler struct {
	chainHash  wire.Hash
	chainID    string
	hotkey     string
	netuid     uint16
	descriptor task.Descriptor
	timeout    time.Duration // of one answer
	writeTime  time.Duration // from a request's arrival to the last byte of its reply
	expert     task.Expert
	version    wire.Hash
	service    wire.ServiceKey
	sealing    wire.SealingKey
	admission  *admission
	slots      *slots
	cashier    *cashier // nil: calls are free
	now        func() time.Time
	log        *slog.Logger
	metrics    *metrics
}

// reply is what goes back once a request was found genuine. Every such reply is signed for, errors too.
type reply struct {
	status int
	typ    string
	body   []byte
	usage  usage
	err    error // why, if status is not 200
	retry  *retryError
	paid   *payment           // that the reply is charged to, if its status is 200
	terms  *wire.PaymentError // how to pay, if that is what is missing
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	received := h.now()
	// A writer that knows no deadlines is not a connection, and needs none.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.writeTime))
	sealed, body, err := h.read(w, r)
	if err == nil {
		var req *wire.Request
		if req, err = h.admission.verify(r.Context(), r, body); err == nil {
			h.respond(w, r, req, received, body, sealed)
			return
		}
	}
	h.refuse(w, received, err)
}

// read takes the body, at most as long as the task allows.
func (h *handler) read(w http.ResponseWriter, r *http.Request) (sealed bool, body []byte, err error) {
	typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	sealed = err == nil && typ == wire.ContentTypeSealed
	if err != nil || (!sealed && typ != contentTypeJSON) {
		return false, nil, wire.NewAPIError(http.StatusUnsupportedMediaType, "unsupported_content_type", "",
			fmt.Sprintf("Content-Type is %.64q, want %s or %s", r.Header.Get("Content-Type"), contentTypeJSON, wire.ContentTypeSealed))
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return false, nil, wire.NewAPIError(http.StatusUnsupportedMediaType, "unsupported_content_encoding", "",
			fmt.Sprintf("Content-Encoding is %.64q, want none: hashes are of the bytes sent", e))
	}
	limit := h.descriptor.MaxRequestBytes
	if sealed {
		limit += wire.SealedOverhead
	}
	tooLarge := fmt.Errorf("%w: want at most %d bytes", wire.ErrBodyTooLarge, limit)
	if r.ContentLength > limit {
		// Said before anything is read; the connection cannot be used again.
		w.Header().Set("Connection", "close")
		return false, nil, tooLarge
	}
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return false, nil, tooLarge
	}
	if err != nil {
		return false, nil, wire.NewAPIError(http.StatusBadRequest, "incomplete_body", "", "the request's body ended early or came too slowly; send it again")
	}
	return sealed, body, nil
}

// respond answers a genuine request.
func (h *handler) respond(w http.ResponseWriter, r *http.Request, req *wire.Request, received time.Time, body []byte, sealed bool) {
	var sealer *wire.ResponseSealer
	open := func() (err error) {
		if sealed && sealer == nil {
			h.metrics.sealed.Inc()
			body, sealer, err = wire.OpenRequest(h.sealing, wire.SealBinding(h.chainID, h.hotkey, r.Method, h.descriptor.Route), body)
		}
		return err
	}
	// Payment comes before a place: who does not pay takes none, and none is held while the disk is waited for. What a call may cost stands in its body.
	var paid *payment
	if h.cashier != nil {
		err := open()
		if err == nil {
			paid, err = h.cashier.take(r, req.From, body, h.streams(body))
		}
		if err != nil {
			h.finish(w, r, req, received, failed(err))
			return
		}
		defer paid.release()
	}
	release, err := h.slots.acquire(r.Context())
	if err != nil {
		h.finish(w, r, req, received, failed(err))
		return
	}
	defer release()
	h.metrics.running.Inc()
	defer h.metrics.running.Dec()
	if err := open(); err != nil {
		h.finish(w, r, req, received, failed(err))
		return
	}
	if h.streams(body) {
		h.stream(w, r, req, received, h.expert.(task.StreamingExpert), body, sealer, paid)
		return
	}
	rep := h.whole(r.Context(), req, body, sealer)
	rep.paid = paid
	h.finish(w, r, req, received, rep)
}

// streams says whether a body asks for events of an expert that can give them.
func (h *handler) streams(body []byte) bool {
	expert, ok := h.expert.(task.StreamingExpert)
	return ok && expert.Streams(body)
}

// whole is the reply in one piece.
func (h *handler) whole(ctx context.Context, req *wire.Request, body []byte, sealer *wire.ResponseSealer) reply {
	out, err := h.answer(ctx, body)
	if err != nil {
		if sealer != nil {
			err = withoutText(err)
		}
		h.logFailure(req, err)
		return failed(err)
	}
	rep := reply{status: http.StatusOK, typ: contentTypeJSON, body: out, usage: readUsage(out)}
	if sealer != nil {
		rep.typ = wire.ContentTypeSealed
		if rep.body, err = sealer.Seal(out, true); err != nil {
			return failed(err)
		}
	}
	return rep
}

// answer asks the expert. A panic in it is its failure and not the daemon's end.
func (h *handler) answer(ctx context.Context, body []byte) (out []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	start := time.Now()
	defer func() {
		h.metrics.answer.Observe(time.Since(start).Seconds())
		if p := recover(); p != nil {
			h.metrics.panics.Inc()
			h.log.Error("expert panicked", "panic", p, "stack", string(debug.Stack()))
			out, err = nil, fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	out, err = h.expert.Answer(ctx, body)
	switch {
	case err != nil && !errors.Is(err, task.ErrBadRequest) && !errors.Is(err, task.ErrOverloaded) && ctx.Err() != nil:
		// A backend's own error for a call that was cut off does not matter.
		return nil, fmt.Errorf("%w: %w", ctx.Err(), err)
	case err != nil:
		return nil, err
	case int64(len(out)) > h.descriptor.MaxResponseBytes:
		return nil, fmt.Errorf("expert answered with %d bytes, the task allows %d", len(out), h.descriptor.MaxResponseBytes)
	}
	return out, nil
}

// failed is the reply for an error.
func failed(err error) reply {
	rep := reply{typ: contentTypeJSON, err: err}
	api := toAPI(err)
	if r, ok := errors.AsType[*retryError](err); ok {
		rep.retry = r
	}
	rep.status, rep.body = api.Status, api.Body()
	if p, ok := errors.AsType[*wire.PaymentError](err); ok {
		rep.terms, rep.body = p, p.Body()
	}
	return rep
}

// toAPI says what a caller is told. Unknown errors stay in the log.
func toAPI(err error) *wire.APIError {
	bad, isBad := errors.AsType[*task.BadRequest](err)
	switch {
	case isBad:
		return wire.NewAPIError(http.StatusBadRequest, cmp.Or(bad.Code, "invalid_request"), bad.Field, bad.Error())
	case errors.Is(err, task.ErrBadRequest):
		return wire.NewAPIError(http.StatusBadRequest, "invalid_request", "", err.Error())
	case errors.Is(err, task.ErrOverloaded):
		return wire.NewAPIError(http.StatusServiceUnavailable, "overloaded", "", "the expert cannot take more now; try again later, or another miner")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return wire.NewAPIError(http.StatusGatewayTimeout, "timeout", "", "the expert did not answer in time; try again, or another miner")
	}
	return wire.ErrorFor(err)
}

// withoutText drops what an error says of a body that its caller wanted nobody in between to read. The code stays: it is one of a few words.
func withoutText(err error) error {
	if !errors.Is(err, task.ErrBadRequest) {
		return err
	}
	out := &task.BadRequest{Reason: "the sealed body does not fit the task's schema; the reason is not told, since errors are not sealed"}
	if bad, ok := errors.AsType[*task.BadRequest](err); ok {
		out.Code = bad.Code
	}
	return out
}

// sign makes the receipt of a reply.
func (h *handler) sign(req *wire.Request, received time.Time, status int, response wire.Hash, u usage) (*wire.Receipt, error) {
	finished := h.now()
	if finished.Before(received) {
		finished = received // the machine's clock was set back meanwhile
	}
	receipt := &wire.Receipt{
		ChainIDHash: h.chainHash, Netuid: h.netuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag,
		ResponseHash: response, ModelVersion: h.version, Status: uint16(status),
		PromptTokens: u.PromptTokens, OutputTokens: u.OutputTokens, ReceivedAt: received, FinishedAt: finished,
	}
	return receipt, receipt.Sign(h.service)
}

// finish signs for the reply and sends it.
func (h *handler) finish(w http.ResponseWriter, r *http.Request, req *wire.Request, received time.Time, rep reply) {
	receipt, err := h.sign(req, received, rep.status, wire.BodyHash(rep.body), rep.usage)
	if err != nil {
		h.log.Error("receipt could not be signed", "error", err)
		h.refuse(w, received, err)
		return
	}
	if r.Context().Err() != nil {
		h.count(499, "caller_gone", received)
		return
	}
	receipt.Set(w.Header())
	if rep.status == http.StatusOK {
		rep.paid.show(rep.paid.settle(rep.usage), w.Header())
	}
	if rep.terms != nil {
		rep.terms.SetHeader(w.Header())
	}
	h.metrics.receipts.WithLabelValues(strconv.Itoa(rep.status)).Inc()
	h.count(rep.status, codeOf(rep.err), received)
	if rep.retry != nil {
		w.Header().Set("Retry-After", rep.retry.seconds())
	}
	w.Header().Set("Content-Type", rep.typ)
	w.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body) // the caller is gone; there is nobody to tell
}

// refuse answers a request that was not found genuine, or not admitted. There is no receipt: anyone could ask for any number.
func (h *handler) refuse(w http.ResponseWriter, received time.Time, err error) {
	api := wire.ErrorFor(err)
	h.count(api.Status, codeOf(err), received)
	if api.Status >= http.StatusInternalServerError {
		h.log.Warn("request was not answered", "error", flat(err))
	} else {
		h.log.Debug("request refused", "status", api.Status, "error", flat(err))
	}
	if retry, ok := errors.AsType[*retryError](err); ok {
		w.Header().Set("Retry-After", retry.seconds())
	} else if errors.Is(err, wire.ErrReplayFull) {
		w.Header().Set("Retry-After", "1")
	}
	api.Write(w)
}

func (h *handler) logFailure(req *wire.Request, err error) {
	_, unpaid := errors.AsType[*wire.PaymentError](err)
	switch {
	case unpaid, errors.Is(err, task.ErrBadRequest), errors.Is(err, task.ErrOverloaded), errors.Is(err, context.Canceled):
		h.log.Debug("no answer", "from", req.From, "error", flat(err))
	case errors.Is(err, errPanicked): // logged with its stack
	default:
		h.log.Warn("no answer", "from", req.From, "error", flat(err))
	}
}

func (h *handler) count(status int, code string, received time.Time) {
	h.metrics.requests.WithLabelValues(strconv.Itoa(status), code).Inc()
	h.metrics.duration.Observe(max(0, h.now().Sub(received).Seconds()))
}

// codeOf is the code of an error, out of the fixed set that wire and this package know.
func codeOf(err error) string {
	if err == nil {
		return "ok"
	}
	if api := toAPI(err); api.Code != nil {
		return *api.Code
	}
	return "none"
}

// usage is the token count that OpenAI's replies carry; other tasks have none.
type usage struct {
	PromptTokens uint32 `json:"prompt_tokens"`
	OutputTokens uint32 `json:"completion_tokens"`
}

func readUsage(body []byte) usage {
	var r struct {
		Usage usage `json:"usage"`
	}
	if json.Unmarshal(body, &r) != nil {
		return usage{}
	}
	return r.Usage
}
