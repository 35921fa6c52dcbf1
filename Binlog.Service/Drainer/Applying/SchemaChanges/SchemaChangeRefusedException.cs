using Binlog.Service.Downstream;
using Binlog.Service.Hosting;

namespace Binlog.Service.Drainer.Applying.SchemaChanges;

/// <summary>The target refused a schema change; the session with it is over. The message is the one that ends the process where nobody is asked.</summary>
/// <param name="change">What was refused.</param>
/// <param name="refusal">What the target said.</param>
internal sealed class SchemaChangeRefusedException(SchemaChangeUnderWay change, TargetException refusal) : ServiceException(refusal.WithRemedy().Message, refusal)
{
    /// <summary>What was refused.</summary>
    public SchemaChangeUnderWay Change => change;

    /// <summary>What the target said.</summary>
    public string Reason => refusal.Message;
}
