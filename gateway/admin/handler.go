package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/wire"
)

// maxBody bounds a request's body: 64 patterns of 128 bytes fit many times.
const maxBody = 64 << 10

// Options of [New]. Store and Token are required.
type Options struct {
	Store   keys.Store
	Service *keys.Service // of this process, in which changes then hold at once; nil: within [keys.Options.Poll]
	Token   Token
	Log     *slog.Logger // nil: none
}

type handler struct {
	ledger keys.Ledger
	token  [32]byte
	log    *slog.Logger
}

// New serves /admin/v1/. It refuses everybody where the token is empty.
func New(o Options) http.Handler {
	h := &handler{ledger: keys.Ledger{Store: o.Store, Actor: "admin-api"}, token: sha256.Sum256([]byte(o.Token)), log: o.Log}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if o.Service != nil {
		h.ledger.Changed = func(ctx context.Context) {
			if err := o.Service.Refresh(ctx); err != nil {
				h.log.Warn("a key's change is not in force yet", "error", err)
			}
		}
	}
	mux := http.NewServeMux()
	for pattern, f := range h.routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, f) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, unknown) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.Token == "" || !h.admits(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			wire.NewAPIError(http.StatusUnauthorized, "invalid_admin_token", "",
				"send the administrator's token: Authorization: Bearer ..., from the file that admin-token-file names").Write(w)
			return
		}
		w.Header().Set("Cache-Control", "no-store") // secrets are in some answers
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

// admits compares hashes, so that neither what differs nor how long the token is shows in the time.
func (h *handler) admits(r *http.Request) bool {
	shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	hash := sha256.Sum256([]byte(shown))
	return ok && subtle.ConstantTimeCompare(hash[:], h.token[:]) == 1
}

// action answers with a value, which is written as JSON, or an error.
type action func(r *http.Request) (any, error)

func (h *handler) routes() map[string]action {
	return map[string]action{
		"POST /admin/v1/customers":              h.createCustomer,
		"GET /admin/v1/customers":               h.listCustomers,
		"GET /admin/v1/customers/{id}":          h.showCustomer,
		"POST /admin/v1/customers/{id}/credits": h.credit,
		"POST /admin/v1/keys":                   h.createKey,
		"GET /admin/v1/keys":                    h.listKeys,
		"GET /admin/v1/keys/{id}":               h.showKey,
		"PATCH /admin/v1/keys/{id}":             h.updateKey,
		"POST /admin/v1/keys/{id}/revoke":       h.revokeKey,
		"POST /admin/v1/keys/{id}/rotate":       h.rotateKey,
		"GET /admin/v1/usage":                   h.usage,
		"GET /admin/v1/changes":                 h.changes,
	}
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, f action) {
	value, err := f(r)
	if err != nil {
		api := explain(err)
		if api.Status >= http.StatusInternalServerError && r.Context().Err() == nil {
			h.log.Error("administration failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		api.Write(w)
		return
	}
	body, err := json.Marshal(value)
	if err != nil {
		h.log.Error("an answer cannot be written", "path", r.URL.Path, "error", err)
		wire.ErrorFor(err).Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n')) // the caller is gone; there is nobody to tell
}

func unknown(r *http.Request) (any, error) {
	return nil, wire.NewAPIError(http.StatusNotFound, "unknown_route", "", fmt.Sprintf("%s %.100q is no route of the administration", r.Method, r.URL.Path))
}

func explain(err error) *wire.APIError {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return wire.NewAPIError(http.StatusRequestEntityTooLarge, "body_too_large", "", fmt.Sprintf("the body is larger than %d bytes", large.Limit))
	case errors.Is(err, errBody):
		return wire.NewAPIError(http.StatusBadRequest, "invalid_json", "", err.Error())
	case errors.Is(err, keys.ErrInvalid):
		return wire.NewAPIError(http.StatusBadRequest, "invalid_value", "", err.Error())
	case errors.Is(err, keys.ErrNotFound):
		return wire.NewAPIError(http.StatusNotFound, "not_found", "", err.Error())
	case errors.Is(err, keys.ErrRevoked):
		return wire.NewAPIError(http.StatusConflict, "key_revoked", "", err.Error())
	case errors.Is(err, keys.ErrNoCredits):
		return wire.NewAPIError(http.StatusConflict, "insufficient_credits", "amount", err.Error())
	}
	return wire.ErrorFor(err)
}

var errBody = errors.New("the body is not what is expected")

// read takes the body: one JSON object without fields that are not known, since a limit that is misspelt would be none.
func read(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errBody, err)
	}
	return nil
}

// list is OpenAI's shape of several.
type list[T any] struct {
	Object string `json:"object"`
	Data   []T    `json:"data"`
}

func listed[T any](data []T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return list[T]{"list", data}, nil
}

func (h *handler) createCustomer(r *http.Request) (any, error) {
	var in struct {
		Name    string `json:"name"`
		Account string `json:"account"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return h.ledger.CreateCustomer(r.Context(), in.Name, in.Account)
}

func (h *handler) listCustomers(r *http.Request) (any, error) {
	return listed(h.ledger.Customers(r.Context(), ""))
}

func (h *handler) showCustomer(r *http.Request) (any, error) {
	all, err := h.ledger.Customers(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func (h *handler) credit(r *http.Request) (any, error) {
	var in struct {
		Amount int64 `json:"amount"` // nagon; below zero to take away
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return h.ledger.Credit(r.Context(), r.PathValue("id"), in.Amount)
}

func (h *handler) createKey(r *http.Request) (any, error) {
	var in keys.NewKey
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return h.ledger.CreateKey(r.Context(), in)
}

func (h *handler) listKeys(r *http.Request) (any, error) {
	return listed(h.ledger.Keys(r.Context(), r.URL.Query().Get("customer")))
}

func (h *handler) showKey(r *http.Request) (any, error) {
	return h.ledger.Key(r.Context(), r.PathValue("id"))
}

func (h *handler) updateKey(r *http.Request) (any, error) {
	var in keys.KeyPatch
	if err := read(r, &in); err != nil {
		return nil, err
	}
	return h.ledger.UpdateKey(r.Context(), r.PathValue("id"), in)
}

func (h *handler) revokeKey(r *http.Request) (any, error) {
	return h.ledger.RevokeKey(r.Context(), r.PathValue("id"))
}

func (h *handler) rotateKey(r *http.Request) (any, error) {
	return h.ledger.RotateKey(r.Context(), r.PathValue("id"))
}

func (h *handler) usage(r *http.Request) (any, error) {
	q := r.URL.Query()
	return listed(h.ledger.Usage(r.Context(), keys.UsageFilter{
		Customer: q.Get("customer"), Key: q.Get("key"), Model: q.Get("model"), From: q.Get("from"), To: q.Get("to"),
	}))
}

func (h *handler) changes(r *http.Request) (any, error) {
	return listed(h.ledger.Changes(r.Context(), r.URL.Query().Get("subject")))
}
