using Binlog.Service.Downstream;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>What a target holds, and what goes wrong with its sessions.</summary>
internal sealed class TargetState
{
    private int _step;

    public Checkpoint? Checkpoint { get; set; }

    /// <summary>What was applied, in order: a row by its transaction's commit TS, a schema change by its own.</summary>
    public List<(string What, ulong CommitTs)> Applied { get; } = [];

    /// <summary>Checkpoints in the order in which they were committed.</summary>
    public List<Checkpoint> Commits { get; } = [];

    /// <summary>Rows of each downstream transaction.</summary>
    public List<int> GroupRows { get; } = [];

    /// <summary>How far another program may have gone, as the first checkpoint said.</summary>
    public ulong AnyUpTo { get; set; }

    /// <summary>Up to where the target may hold everything beyond its checkpoint, or nothing; 0: nothing.</summary>
    public ulong WholeUpTo { get; set; }

    /// <summary>What looks for the original's checkpoint find, one after the other; the last one stays.</summary>
    public Queue<Binlog.Service.Downstream.Outside.OriginalCheckpoint?> Originals { get; } = new();

    public int Sessions { get; set; }

    /// <summary>How often sessions were kept alive.</summary>
    public int KeptAlive { get; set; }

    /// <summary>What happens at the n-th step of all sessions; nothing at those that it doesn't name.</summary>
    public Func<int, TargetFailure> Script { get; set; } = _ => TargetFailure.None;

    /// <summary>What the target says to every schema change; null: it makes them.</summary>
    public string? RefusedSchemaChange { get; set; }

    /// <summary>Runs before every step.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    public ScriptedTarget NewSession() => new(this);

    public async Task<TargetFailure> NextAsync()
    {
        await Before();
        return Script(Interlocked.Increment(ref _step));
    }
}
