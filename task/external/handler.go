package external

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/agon-chain/agon/task"
)

// Server is the other side of the contract, for programs in Go: it serves a task's
// examiner, an expert, or both. A part that is nil answers 404.
type Server struct {
	// Task whose examiner is served.
	Task *task.Task
	// DataDir of the material.
	DataDir string
	// Expert that is served.
	Expert task.Expert

	mu       sync.Mutex // one goroutine at a time in the examiner, but for Judge
	params   json.RawMessage
	examiner task.Examiner
}

// Handler returns the HTTP handler. Serve it on a loopback address only.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	if s.Task != nil {
		mux.HandleFunc("GET "+pathDescriptor, func(w http.ResponseWriter, _ *http.Request) { reply(w, s.Task.Descriptor, nil) })
		mux.HandleFunc("POST "+pathOpen, handle(s.open))
		mux.HandleFunc("POST "+pathQuestions, handle(s.questions))
		mux.HandleFunc("POST "+pathJudge, handle(s.judge))
		mux.HandleFunc("POST "+pathSettle, handle(s.settle))
		mux.HandleFunc("POST "+pathHeldOut, handle(s.heldOut))
		mux.HandleFunc("GET "+pathState, s.state)
		mux.HandleFunc("PUT "+pathState, handle(s.restore))
	}
	if s.Expert != nil {
		mux.HandleFunc("GET "+pathExpert, func(w http.ResponseWriter, _ *http.Request) {
			v := s.Expert.Version()
			reply(w, expertResponse{Name: s.Expert.Name(), Version: hex.EncodeToString(v[:])}, nil)
		})
		mux.HandleFunc("POST "+pathAnswer, handle(func(ctx context.Context, in json.RawMessage) (json.RawMessage, error) {
			return s.Expert.Answer(ctx, in)
		}))
	}
	return mux
}

// handle decodes a body, calls f and encodes what it returns.
func handle[In, Out any](f func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		if err == nil {
			err = json.Unmarshal(body, &in)
		}
		if err != nil {
			reply(w, nil, &task.BadRequest{Reason: err.Error()})
			return
		}
		out, err := f(r.Context(), in)
		reply(w, out, err)
	}
}

func reply(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusOK
	if err != nil {
		status, out = encodeError(err)
	}
	w.WriteHeader(status)
	// Too late for another status if this fails: the client sees a cut body.
	_ = json.NewEncoder(w).Encode(out)
}

var errNotOpen = errors.New("the examiner is not open; POST " + pathOpen + " first")

func (s *Server) open(ctx context.Context, in openRequest) (struct{}, error) {
	if len(in.Seed) != 32 {
		return struct{}{}, &task.BadRequest{Field: "seed", Reason: fmt.Sprintf("%d bytes, want 32", len(in.Seed))}
	}
	x, err := s.Task.NewExaminer(ctx, task.ExaminerConfig{Params: in.Params, Seed: [32]byte(in.Seed), DataDir: s.DataDir})
	if err != nil {
		return struct{}{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.params, s.examiner = in.Params, x
	return struct{}{}, nil
}

// opened returns the examiner with the lock held, or errNotOpen without.
func (s *Server) opened() (task.Examiner, error) {
	s.mu.Lock()
	if s.examiner == nil {
		s.mu.Unlock()
		return nil, errNotOpen
	}
	return s.examiner, nil
}

func (s *Server) questions(ctx context.Context, r task.Round) (questionsResponse, error) {
	x, err := s.opened()
	if err != nil {
		return questionsResponse{}, err
	}
	defer s.mu.Unlock()
	qs, err := x.Questions(ctx, r)
	return questionsResponse{qs}, err
}

func (s *Server) judge(ctx context.Context, in judgeRequest) (task.Judgement, error) {
	x, err := s.opened()
	if err != nil {
		return task.Judgement{}, err
	}
	s.mu.Unlock()
	return x.Judge(ctx, in.Question, in.Answer)
}

func (s *Server) settle(ctx context.Context, in settleBody) (settleBody, error) {
	x, err := s.opened()
	if err != nil {
		return settleBody{}, err
	}
	defer s.mu.Unlock()
	out, err := x.Settle(ctx, in.Results)
	return settleBody{out}, err
}

func (s *Server) heldOut(ctx context.Context, in heldOutRequest) (questionsResponse, error) {
	if s.Task.HeldOut == nil {
		return questionsResponse{}, fmt.Errorf("%w: the task has no held-out part", task.ErrNoMaterial)
	}
	if len(in.Seed) != 32 {
		return questionsResponse{}, &task.BadRequest{Field: "seed", Reason: fmt.Sprintf("%d bytes, want 32", len(in.Seed))}
	}
	if _, err := s.opened(); err != nil {
		return questionsResponse{}, err
	}
	params := s.params
	s.mu.Unlock()
	exam, err := s.Task.HeldOut(ctx, task.ExaminerConfig{Params: params, Seed: [32]byte(in.Seed), DataDir: s.DataDir}, in.N)
	return questionsResponse{exam.Questions}, err
}

func (s *Server) state(w http.ResponseWriter, _ *http.Request) {
	x, err := s.opened()
	if err != nil {
		reply(w, nil, err)
		return
	}
	defer s.mu.Unlock()
	state, err := x.State()
	reply(w, json.RawMessage(state), err)
}

func (s *Server) restore(_ context.Context, state json.RawMessage) (struct{}, error) {
	x, err := s.opened()
	if err != nil {
		return struct{}{}, err
	}
	defer s.mu.Unlock()
	return struct{}{}, x.Restore(state)
}
