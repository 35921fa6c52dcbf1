using Binlog.Service.Downstream.Verification;

namespace Binlog.Service.Commands.Demo;

/// <summary>What a demo did and what it found.</summary>
/// <param name="Transactions">Upstream transactions applied.</param>
/// <param name="Rows">Rows applied.</param>
/// <param name="SchemaChanges">Schema changes applied.</param>
/// <param name="Seconds">From the first binlog sent to the last one applied.</param>
/// <param name="Report">The comparison of the target with the recording's final tables.</param>
internal sealed record DemoResult(long Transactions, long Rows, long SchemaChanges, double Seconds, VerificationReport Report);
