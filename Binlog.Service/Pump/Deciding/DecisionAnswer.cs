using Binlog.Service.Pump.Storage;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Pump.Deciding;

/// <summary>What an operator's decision is answered with.</summary>
/// <param name="HttpStatus">Status of the HTTP response.</param>
/// <param name="Code">The original's code: 200 done, 1 wrong parameter, 2 not found, 3 any other error.</param>
/// <param name="Message">What was done, or what is wrong and what to do.</param>
/// <param name="Decision">What was stored; null when nothing was.</param>
internal sealed record DecisionAnswer(int HttpStatus, int Code, string Message, TransactionDecision? Decision = null)
{
    public static DecisionAnswer Done(TransactionDecision decision, string message) => new(StatusCodes.Status200OK, 200, message, decision);

    public static DecisionAnswer WrongParameter(string message) => new(StatusCodes.Status400BadRequest, 1, message);

    public static DecisionAnswer NotFound(string message) => new(StatusCodes.Status404NotFound, 2, message);

    public static DecisionAnswer Conflict(string message) => new(StatusCodes.Status409Conflict, 3, message);

    public static DecisionAnswer Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, 3, message);
}
