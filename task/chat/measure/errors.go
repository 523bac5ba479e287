package measure

import "errors"

var (
	// ErrConfig refuses a setting.
	ErrConfig = errors.New("invalid calibration")
	// ErrServer: the server did not answer, or not in the protocol.
	ErrServer = errors.New("the server cannot be calibrated on")
	// ErrLogprobs: no log-probabilities, or such as no model has.
	ErrLogprobs = errors.New("the server's log-probabilities are useless")
	// ErrTokenizer: the server reads or writes other tokens than the reference.
	ErrTokenizer = errors.New("the server's tokenizer is another")
	// ErrSeed: the same seed gives other texts, or another seed the same.
	ErrSeed = errors.New("the server ignores seeds")
	// ErrSampling: what is drawn does not come from the distribution that was asked for.
	ErrSampling = errors.New("the server draws otherwise than asked")
	// ErrUsage: token counts, texts or reasons of ends are wrong more often than not.
	ErrUsage = errors.New("the server's usage is wrong")
	// ErrModel: the numbers are another model's.
	ErrModel = errors.New("the server runs another model")
)
