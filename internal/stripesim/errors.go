package stripesim

import (
	"fmt"
	"net/http"
)

// Error is Stripe's error object, as the "error" member of an answer and as what the Go methods return.
type Error struct {
	Status  int    `json:"-"`
	Type    string `json:"type"`
	Code    string `json:"code,omitempty"`
	Param   string `json:"param,omitempty"`
	Message string `json:"message"`

	// executed tells a refusal that came out of execution from one by validation: only the former is
	// remembered under the idempotency key, as Stripe documents it.
	executed bool
}

// Error is the message with its code.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("stripe %d: %s", e.Status, e.Message)
	}
	return fmt.Sprintf("stripe %d %s: %s", e.Status, e.Code, e.Message)
}

const invalidRequest = "invalid_request_error"

func missing(param string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: invalidRequest, Code: "parameter_missing", Param: param,
		Message: "Missing required param: " + param + "."}
}

func invalid(param, message string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: invalidRequest, Code: "parameter_invalid", Param: param, Message: message}
}

func unknownParameter(param string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: invalidRequest, Code: "parameter_unknown", Param: param,
		Message: "Received unknown parameter: " + param}
}

// absent is the answer for an object named in the path.
func absent(noun, id string) *Error {
	return &Error{Status: http.StatusNotFound, Type: invalidRequest, Code: "resource_missing", Param: "id",
		Message: fmt.Sprintf("No such %s: '%s'", noun, id), executed: true}
}

// unknownReference is the answer for an object named in a parameter.
func unknownReference(noun, param, id string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: invalidRequest, Code: "resource_missing", Param: param,
		Message: fmt.Sprintf("No such %s: '%s'", noun, id), executed: true}
}

// refused is a definite no that came out of execution.
func refused(code, param, message string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: invalidRequest, Code: code, Param: param, Message: message, executed: true}
}

func insufficientFunds() *Error {
	return refused("balance_insufficient", "", "You have insufficient funds in your Stripe account for this transfer. "+
		"You can use the /v1/balance endpoint to view your Stripe balance.")
}

// noAccess is the answer for a call in the name of an account that is not connected.
func noAccess(account string) *Error {
	return &Error{Status: http.StatusForbidden, Type: invalidRequest, Code: "account_invalid",
		Message: fmt.Sprintf("The provided key does not have access to account '%s' (or that account does not exist). Application access may have been revoked.", account)}
}

func wrongKey() *Error {
	return &Error{Status: http.StatusUnauthorized, Type: invalidRequest, Message: "Invalid API Key provided."}
}

func noRoute(method, path string) *Error {
	return &Error{Status: http.StatusNotFound, Type: invalidRequest,
		Message: fmt.Sprintf("Unrecognized request URL (%s: %s).", method, path)}
}

func otherParameters(key string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: "idempotency_error",
		Message: fmt.Sprintf("Keys for idempotent requests can only be used with the same parameters they were first used with. "+
			"Try using a key other than '%s' if you meant to execute a different request.", key)}
}

func otherEndpoint(key, path, first string) *Error {
	return &Error{Status: http.StatusBadRequest, Type: "idempotency_error",
		Message: fmt.Sprintf("Keys for idempotent requests can only be used for the same endpoint they were first used for "+
			"('%s' vs '%s'). Try using a key other than '%s' if you meant to execute a different request.", path, first, key)}
}

func keyInUse(key string) *Error {
	return &Error{Status: http.StatusConflict, Type: "idempotency_error", Code: "idempotency_key_in_use",
		Message: fmt.Sprintf("There is currently another in-progress request using this idempotency key '%s'.", key)}
}

func tooManyRequests() *Error {
	return &Error{Status: http.StatusTooManyRequests, Type: invalidRequest, Code: "rate_limit",
		Message: "Request rate limit exceeded."}
}

func broken(status int) *Error {
	return &Error{Status: status, Type: "api_error", Message: "An unknown error occurred.", executed: true}
}
