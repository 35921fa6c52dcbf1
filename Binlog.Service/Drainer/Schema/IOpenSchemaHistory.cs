namespace Binlog.Service.Drainer.Schema;

/// <summary>A history that whoever opened it closes.</summary>
internal interface IOpenSchemaHistory : ISchemaHistory, IAsyncDisposable
{
    /// <summary>How messages name it.</summary>
    string Name { get; }

    /// <summary>Why somebody waits for it at present; null when nobody does.</summary>
    string? Failure { get; }
}
