namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>What goes wrong at a step.</summary>
internal enum TargetFailure
{
    None,

    /// <summary>Nothing takes effect.</summary>
    Lost,

    /// <summary>All of it takes effect, and the answer is lost.</summary>
    AnswerLost,

    /// <summary>The target refuses.</summary>
    Refused,
}
