namespace Binlog.Admin.Contract;

/// <summary>Roles of nodes, as the admin API names them.</summary>
public static class NodeRoles
{
    /// <summary>Keeps what TiDB writes.</summary>
    public const string Pump = "pump";

    /// <summary>Applies it to a target.</summary>
    public const string Drainer = "drainer";
}
